// Files that the app uploads: first a place is asked for, then the content is sent there, then it is shared.
// Source: https://docs.slack.dev/messaging/working-with-files#uploading_files
import { randomBytes } from 'node:crypto';

export interface SlackFile {
  readonly id: string;
  readonly name: string;
  title: string;
  /** Undefined until it is uploaded. */
  content: Buffer | undefined;
  shared: boolean;
}

export interface Files {
  /** The path to send the content to belongs to this file alone. */
  reserve(name: string): { file: SlackFile; path: string };
  find(id: string): SlackFile | undefined;
  /** The size that was taken; undefined when there is no such path. */
  receive(path: string, contentType: string | undefined, body: Buffer): Promise<number | undefined>;
}

export function createFiles(): Files {
  const byPath = new Map<string, SlackFile>();
  return {
    reserve(name) {
      const id = `F0${randomBytes(5).toString('hex').toUpperCase()}`;
      const path = `/upload/v1/${randomBytes(12).toString('hex')}`;
      const file: SlackFile = { id, name, title: name, content: undefined, shared: false };
      byPath.set(path, file);
      return { file, path };
    },
    find: (id) => [...byPath.values()].find((file) => file.id === id),
    async receive(path, contentType, body) {
      const file = byPath.get(path);
      if (file === undefined) return undefined;
      file.content = contentType?.startsWith('multipart/form-data') === true ? await partOf(contentType, body) : body;
      return file.content.length;
    },
  };
}

/** The content of the first field, whatever its name. */
async function partOf(contentType: string, body: Buffer): Promise<Buffer> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  const [part = ''] = [...form.values()];
  return typeof part === 'string' ? Buffer.from(part) : Buffer.from(await part.arrayBuffer());
}
