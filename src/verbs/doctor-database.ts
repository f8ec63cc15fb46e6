// doctor's look at the database and Redis.
import { WHY_QUARANTINED } from '../commands/admin/quarantine.ts';
import { tryRedis } from '../queue/write-trial.ts';
import type { Secret } from '../secret.ts';
import { firstBrokenLink } from '../store/audit.ts';
import { openDatabase } from '../store/database.ts';
import { listOrphans, type OrphanSeen } from '../store/instances.ts';
import { type Quarantine, quarantineOf } from '../store/quarantine.ts';
import { tryWriting } from '../store/write-trial.ts';
import { databaseError, requireMigrated } from './database-errors.ts';
import { type Finding, findingOf } from './finding.ts';

const REDIS_MS = 3000;

/** Reachable, migrated and writable; `whose` names the database. While one of these does not hold, nothing else can be looked at. */
export async function databaseFinding(databaseUrl: Secret, whose: string): Promise<Finding> {
  try {
    await requireMigrated(databaseUrl);
    await tryWriting(databaseUrl).catch((error: unknown) => {
      throw databaseError(error);
    });
    return { ok: true, what: `database ${whose}, up to date` };
  } catch (error) {
    return findingOf(`database ${whose}`, error);
  }
}

/** What stands in it: the audit unbroken, and no instance without a box. */
export async function recordFindings(databaseUrl: Secret): Promise<Finding[]> {
  const db = openDatabase(databaseUrl, 1);
  try {
    const { checked, broken } = await firstBrokenLink(db.tx);
    const orphans = await listOrphans(db.tx);
    const quarantine = await quarantineOf(db.tx);
    return [
      auditFinding(checked, broken),
      ...(quarantine === undefined ? [] : [quarantineFinding(quarantine)]),
      ...orphans.map(orphanFinding),
    ];
  } finally {
    await db.close();
  }
}

function auditFinding(checked: number, broken: number | undefined): Finding {
  if (broken === undefined) return { ok: true, what: `audit: ${checked} entries, unbroken` };
  return {
    ok: false,
    what: `audit: entry ${broken} does not follow from the one before it`,
    remedy: 'Somebody changed the table. Compare it with a backup, beginning at that entry.',
  };
}

function quarantineFinding({ cause, since, detail }: Quarantine): Finding {
  return {
    ok: false,
    what: `in quarantine since ${since.toISOString()}: ${WHY_QUARANTINED[cause]} ${detail}`,
    remedy: 'Nothing is made, started, stopped or removed until you have looked and released it:  shellbox quarantine',
  };
}

/** The reaper removes what it is sure of; what stays here for hours waits for somebody to look. */
function orphanFinding({ provider, name, firstSeenAt, isKnown }: OrphanSeen): Finding {
  return {
    ok: false,
    what: `${provider}: ${name} belongs to no box, seen since ${firstSeenAt.toISOString()}`,
    remedy: isKnown
      ? 'It goes by itself; if it stays for an hour, the log of the worker says why. Then:  admin orphans'
      : 'This database never asked for it. Look at it, then, as an operator:  admin orphans --remove <instance>',
  };
}

export async function redisFinding(redisUrl: Secret): Promise<Finding> {
  try {
    await tryRedis(redisUrl, REDIS_MS);
    return { ok: true, what: 'Redis answers' };
  } catch (error) {
    return findingOf('Redis', error);
  }
}
