// SendGrid's Inbound Parse form: the fields of a multipart body as the bytes that came.
// Source: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';

/** By name; of several of one name the first. */
export type FormFields = ReadonlyMap<string, Buffer>;

/** SendGrid's own limit is 30 MB for the whole mail. */
export const FORM_BYTES_MAX = 34 * 1024 * 1024;
const FIELDS_MAX = 100;

/** Undefined for a body that is no such form, is cut off, or has more in it than SendGrid sends. */
export async function readForm(contentType: unknown, body: Buffer): Promise<FormFields | undefined> {
  if (typeof contentType !== 'string' || !/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  const fields = new Map<string, Buffer>();
  let isWhole = true;
  const cut = (): void => {
    isWhole = false;
  };
  try {
    const form = new Busboy({
      headers: { 'content-type': contentType },
      limits: { fileSize: FORM_BYTES_MAX, files: FIELDS_MAX, parts: FIELDS_MAX, headerPairs: 20 },
      // All of them are taken as bytes: a mail is in no character set as a whole.
      isPartAFile: () => true,
    });
    form.on('partsLimit', cut).on('filesLimit', cut);
    form.on('file', (name, stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', cut);
      stream.on('error', cut);
      stream.on('end', () => {
        if (!fields.has(name)) fields.set(name, Buffer.concat(chunks));
      });
    });
    await pipeline(Readable.from([body]), form);
  } catch {
    return undefined;
  }
  return isWhole ? fields : undefined;
}
