// SendGrid's Inbound Parse: the form it posts, as the raw mail in it, or as the fields it made of one.
// Source: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
import { setImmediate as turn } from 'node:timers/promises';
import { Busboy } from '@fastify/busboy';
import { z } from 'zod';
import type { HookRequest } from '../../door.ts';
import { isKeyFile, LARGEST_KEY_FILE_BYTES } from './key-files.ts';
import { holdsPrivateKey } from './private-file.ts';
import type { RawMail } from './raw-mail.ts';

/** The vendor's own limit of a mail, with what a form adds. */
export const LARGEST_FORM_BYTES = 32 * 1024 * 1024;
const LARGEST_FIELD_BYTES = 512 * 1024;
/** The first line of a key in a file, with blank ones before it. */
const LONGEST_KEY_HEAD = 256;
const MOST_FIELDS = 60;
const MOST_PARTS = 400;
/** So much is parsed before others have their turn. */
const CHUNK_BYTES = 128 * 1024;

/** What SendGrid made of a mail when it does not send the raw one. */
export interface ParsedForm {
  /** By the vendor's names: headers, text, html, subject, dkim, SPF, envelope … */
  fields: ReadonlyMap<string, string>;
  envelopeFrom: string | undefined;
  envelopeTo: readonly string[];
  /** Texts of attached public key files. */
  keyFiles: readonly string[];
  /** Among the files is a private key. */
  hasPrivateKey: boolean;
  /** A field was longer than is taken, so what it says is not all. */
  cut: boolean;
}

export type ReadForm =
  | { kind: 'raw'; mail: RawMail }
  | { kind: 'parsed'; form: ParsedForm }
  | { kind: 'fault'; reason: 'not_a_form' | 'too_large' | 'no_mail' };

const envelopeSchema = z.object({ to: z.array(z.string().max(320)).max(100), from: z.string().max(320) });

interface Taken {
  fields: Map<string, string>;
  mail: Buffer | undefined;
  keyFiles: string[];
  hasPrivateKey: boolean;
  cut: boolean;
  tooMany: boolean;
}

/** Never rejects for what was posted. Lets others have their turn while it reads. */
export async function readForm({ headers, body }: Pick<HookRequest, 'headers' | 'body'>): Promise<ReadForm> {
  const type = headers['content-type'];
  if (typeof type !== 'string' || !/^multipart\/form-data\s*;/i.test(type))
    return { kind: 'fault', reason: 'not_a_form' };
  if (body.length > LARGEST_FORM_BYTES) return { kind: 'fault', reason: 'too_large' };
  const taken = await take(type, body).catch(() => undefined);
  if (taken === undefined) return { kind: 'fault', reason: 'not_a_form' };
  if (taken.tooMany) return { kind: 'fault', reason: 'too_large' };
  const envelope = envelopeOf(taken.fields.get('envelope'));
  const envelopeFrom = envelope?.from;
  const envelopeTo = envelope?.to ?? [];
  if (taken.mail !== undefined) {
    const clientIp = taken.fields.get('sender_ip')?.trim();
    const mail: RawMail = { bytes: taken.mail, clientIp, helo: undefined, envelopeFrom, envelopeTo, via: 'sendgrid' };
    return { kind: 'raw', mail };
  }
  if (!taken.fields.has('headers')) return { kind: 'fault', reason: 'no_mail' };
  const { fields, keyFiles, hasPrivateKey, cut } = taken;
  return { kind: 'parsed', form: { fields, envelopeFrom, envelopeTo, keyFiles, hasPrivateKey, cut } };
}

async function take(type: string, body: Buffer): Promise<Taken> {
  const taken: Taken = {
    fields: new Map(),
    mail: undefined,
    keyFiles: [],
    hasPrivateKey: false,
    cut: false,
    tooMany: false,
  };
  const parser = new Busboy({
    headers: { 'content-type': type },
    // The raw mail is bytes of any character set, so it is no text field.
    isPartAFile: (name, contentType, fileName) =>
      name === 'email' || fileName !== undefined || contentType === 'application/octet-stream',
    limits: {
      fields: MOST_FIELDS,
      fieldSize: LARGEST_FIELD_BYTES,
      parts: MOST_PARTS,
      headerPairs: 20,
      fileSize: LARGEST_FORM_BYTES,
    },
  });
  const done = new Promise<void>((resolve, reject) => parser.on('finish', resolve).on('error', reject));
  done.catch(() => undefined);
  const tooMany = (): void => {
    taken.tooMany = true;
  };
  parser.on('fieldsLimit', tooMany).on('partsLimit', tooMany).on('filesLimit', tooMany);
  parser.on('field', (name, value, _, valueCut) => {
    taken.cut ||= valueCut;
    if (!taken.fields.has(name)) taken.fields.set(name, value);
  });
  parser.on('file', (name, stream, fileName) => {
    const limit = name === 'email' ? LARGEST_FORM_BYTES : isKeyFile(fileName ?? '') ? LARGEST_KEY_FILE_BYTES : 0;
    const chunks: Buffer[] = [];
    let length = 0;
    // A form that is cut off says so on the part it was cut off in.
    stream.on('error', (error) => parser.emit('error', error));
    stream.on('data', (chunk: Buffer) => {
      if (length === 0 && name !== 'email')
        taken.hasPrivateKey ||= holdsPrivateKey(chunk.subarray(0, LONGEST_KEY_HEAD));
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
    });
    stream.on('end', () => {
      if (length > limit) return;
      if (name === 'email') taken.mail ??= Buffer.concat(chunks);
      else taken.keyFiles.push(Buffer.concat(chunks).toString('utf8'));
    });
  });
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    parser.write(body.subarray(at, at + CHUNK_BYTES));
    await turn();
  }
  parser.end();
  await done;
  return taken;
}

function envelopeOf(json: string | undefined): z.infer<typeof envelopeSchema> | undefined {
  try {
    return envelopeSchema.safeParse(JSON.parse(json ?? '')).data;
  } catch {
    return undefined;
  }
}
