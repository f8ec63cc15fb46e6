// What setup asks about the machine: the SSH door and who runs it, and a database and Redis of one's own.
import { randomBytes } from 'node:crypto';
import { pendingMigrations } from '../../store/pending.ts';
import { databaseError } from '../database-errors.ts';
import { redisFinding } from '../doctor-database.ts';
import { accessFinding } from '../doctor-machine.ts';
import { type Finding, findingOf } from '../finding.ts';
import type { Section } from './section.ts';

const KEY_BYTES = 32;

export const SSH: Section = {
  title: 'SSH',
  about: ['The door that is always there, and through which people reach their boxes.'],
  questions: [
    {
      variable: 'SSH_LISTEN',
      what: 'Where it listens, host:port',
      where: ['0.0.0.0:2222 lets other machines in, 127.0.0.1:2222 this one alone.'],
      suggestion: '127.0.0.1:2222',
    },
    {
      variable: 'SSH_PUBLIC_HOST',
      what: 'The name by which people reach this machine',
      where: ['Answers show it, in every door.'],
      without: 'none: people on this machine only',
    },
    {
      variable: 'SSH_SIGNUP',
      what: 'Who gets a free account by the first command: open or closed',
      suggestion: 'closed',
    },
    {
      variable: 'SHELLBOX_ADMINS',
      what: 'Operators, such as ssh:SHA256:…',
      where: ['Of a key: "ssh-keygen -lf ~/.ssh/id_ed25519.pub" prints the SHA256:… part. Others: what whoami prints.'],
      without: 'none: whoever first types the code that start prints',
    },
  ],
  look: async (config) => [accessFinding(config)],
  next: () => [],
};

export const SERVERS: Section = {
  title: 'A database and Redis of your own',
  key: 'DATABASE_URL',
  isForGood: true,
  about: [
    '"shellbox start" has private ones. Several machines, or bots and worker apart, need these.',
    'What private ones hold already does not move there by itself.',
  ],
  questions: [
    {
      variable: 'DATABASE_URL',
      what: 'postgres://user:password@host/database',
      where: ['PostgreSQL 15 or newer; the user owns the database. It is not shown.'],
      isSecret: true,
    },
    {
      variable: 'REDIS_URL',
      what: 'redis://:password@host:6379 or unix:///path',
      where: ['It is not shown.'],
      isSecret: true,
    },
    {
      variable: 'SHELLBOX_SECRET_KEY',
      what: 'key that encrypts stored secrets; keep a copy elsewhere',
      make: () => randomBytes(KEY_BYTES).toString('base64'),
    },
  ],
  async look({ databaseUrl, redisUrl }) {
    const findings: Finding[] = [];
    if (databaseUrl !== undefined) {
      const missing = await pendingMigrations(databaseUrl).catch((error: unknown) => databaseError(error));
      findings.push(
        missing instanceof Error ? findingOf('the database', missing) : { ok: true, what: 'the database answers' },
      );
    }
    if (redisUrl !== undefined) findings.push(await redisFinding(redisUrl));
    return findings;
  },
  next: () => ['The tables, once and after each upgrade:  shellbox migrate'],
};
