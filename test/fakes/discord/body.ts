// Reads a request's body: JSON, or multipart with `payload_json` and files.
// Source: https://discord.com/developers/docs/reference#uploading-files

import { ATTACHMENT_BYTES_MAX } from './limits.ts';
import { DiscordRefusal, formError } from './refusal.ts';

export interface UploadedFile {
  /** The n of `files[n]`. */
  index: string;
  filename: string;
  bytes: Buffer;
}

export interface Body {
  /** Undefined when there was none. */
  json: unknown;
  files: readonly UploadedFile[];
}

/** Throws 50109 for broken JSON, 50035 for another form or a file that is too large. */
export async function readBody(contentType: string | undefined, bytes: Buffer): Promise<Body> {
  if (bytes.length === 0) return { json: undefined, files: [] };
  if (contentType?.startsWith('application/json') === true) return { json: parsed(bytes.toString()), files: [] };
  if (contentType?.startsWith('multipart/form-data') !== true)
    throw formError('', 'CONTENT_TYPE_INVALID', 'Expected "Content-Type" header to be JSON or multipart.');
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  const payload = form.get('payload_json');
  const files: UploadedFile[] = [];
  for (const [name, value] of form) {
    const index = /^files\[(\d+)\]$/.exec(name)?.[1];
    if (index === undefined || typeof value === 'string') continue;
    const content = Buffer.from(await value.arrayBuffer());
    if (content.length > ATTACHMENT_BYTES_MAX) throw formError(name, 'FILE_TOO_LARGE', 'The file is too large.');
    files.push({ index, filename: value.name, bytes: content });
  }
  return { json: payload === null ? {} : parsed(String(payload)), files };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DiscordRefusal('invalid json');
  }
}
