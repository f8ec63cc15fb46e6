// The mails of test/bots/email/corpus, and what each of them asks for.
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { commandLines } from '../../../../src/bots/email/in/lines.ts';
import type { RawMail } from '../../../../src/bots/email/in/raw-mail.ts';
import type { ReadMail } from '../../../../src/bots/email/in/read-mail.ts';
import { mailKind } from '../../../../src/bots/email/in/subject.ts';

const FOLDER = new URL('../corpus/', import.meta.url);

const expectedSchema = z.record(
  z.string(),
  z.strictObject({ commands: z.array(z.string()), display: z.string().optional(), keys: z.number().optional() }),
);

/** By file name: the commands, and what else is worth a look. */
export const EXPECTED = expectedSchema.parse(JSON.parse(readFileSync(new URL('expected.json', FOLDER), 'utf8')));

export const CORPUS = readdirSync(FOLDER).filter((name) => name.endsWith('.eml'));

export function corpusMail(name: string): Buffer {
  return readFileSync(new URL(name, FOLDER));
}

export function arrived(bytes: Buffer, more: Partial<RawMail> = {}): RawMail {
  const from = { clientIp: '192.0.2.1', helo: 'mail.acme.dev', envelopeFrom: 'ana@acme.dev' };
  return { bytes, ...from, envelopeTo: ['box@acme.dev'], via: 'smtp', ...more };
}

const WORDS = /^(?:spinup|start|stop|destroy|list|info|keys|help|confirm)\b/i;

/** As the door will call it, with a parser that knows a few words. */
export function commandsOf(mail: ReadMail): string[] {
  const { subject, text, keys } = mail;
  const kind = mailKind(mail);
  return commandLines({ subject, text, keys, isReply: kind === 'reply', isForward: kind === 'forward' }, (line) =>
    WORDS.test(line),
  ).commands;
}

/** Nothing is known. */
export async function noDns(): Promise<never> {
  throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
}
