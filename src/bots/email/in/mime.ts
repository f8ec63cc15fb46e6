// The readable part of a mail: its first text, and lines of public keys that came as files.
//
// mailparser's own `text` glues all texts of a mail together, attached and forwarded ones too, so its tree of parts is walked here.
import { MailParser } from 'mailparser';
import { htmlLines } from './html-lines.ts';
import { isKeyFile, keysIn, LARGEST_KEY_FILE_BYTES, MOST_KEYS } from './key-files.ts';

export interface ReadBody {
  /** Decoded; lines end with LF. '' when there is no text. */
  text: string;
  /** Lines of `authorized_keys`, at most five. */
  keys: string[];
}

/** What their parts say is not the author's, or not for reading. */
const CLOSED_TYPES = ['multipart/report', 'multipart/digest', 'multipart/encrypted'];

/** A part of a mail, as far as it is needed of mailparser's tree. */
interface Part {
  contentType: string;
  isFile: boolean;
  fileName: string;
  text: string | undefined;
  children: unknown[];
}

/** Rejects when the MIME structure cannot be read (too many parts, a head without end). */
export async function readBody(bytes: Buffer): Promise<ReadBody> {
  const parser = new MailParser({
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: true,
  });
  const keyFiles: string[] = [];
  parser.on('data', (part: { type: string; content?: NodeJS.ReadableStream; release?: () => void }) => {
    if (part.type !== 'attachment' || part.content === undefined) return;
    const { content } = part;
    const wanted = isOwnKeyFile(Reflect.get(parser, 'curnode')) && keyFiles.length < MOST_KEYS;
    const chunks: Buffer[] = [];
    let length = 0;
    content.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (wanted && length <= LARGEST_KEY_FILE_BYTES) chunks.push(chunk);
    });
    content.on('end', () => {
      if (wanted && length <= LARGEST_KEY_FILE_BYTES) keyFiles.push(Buffer.concat(chunks).toString('utf8'));
      part.release?.();
    });
  });
  await new Promise<void>((resolve, reject) => {
    parser.on('end', () => resolve());
    parser.on('error', reject);
    parser.end(bytes);
  });
  const root: unknown = Reflect.get(parser, 'tree');
  if (root === undefined) throw new Error('mailparser has no tree of parts any more.');
  return { text: textOf(root) ?? '', keys: keysIn([...inlineKeyFiles(root), ...keyFiles]) };
}

/** The first text of a part that says anything: plain before HTML among alternatives, never of a file or of a mail within. */
function textOf(node: unknown): string | undefined {
  const part = partOf(node);
  if (part === undefined || part.isFile || CLOSED_TYPES.includes(part.contentType)) return undefined;
  if (part.contentType === 'text/plain') return part.text?.trim() === '' ? undefined : part.text;
  if (part.contentType === 'text/html') return part.text === undefined ? undefined : htmlLines(part.text);
  if (!part.contentType.startsWith('multipart/')) return undefined;
  const plain = part.children.find((child) => partOf(child)?.contentType === 'text/plain' && says(textOf(child)));
  if (part.contentType === 'multipart/alternative' && plain !== undefined) return textOf(plain);
  for (const child of part.children) {
    const text = textOf(child);
    if (says(text)) return text;
  }
  return undefined;
}

function says(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '';
}

/** Text files that mail programs show in the mail itself. */
function inlineKeyFiles(node: unknown): string[] {
  const part = partOf(node);
  if (part === undefined) return [];
  if (isKeyFile(part.fileName) && part.text !== undefined) return [part.text.slice(0, LARGEST_KEY_FILE_BYTES)];
  return part.contentType.startsWith('multipart/') ? part.children.flatMap(inlineKeyFiles) : [];
}

/** Of this mail, not of one that is passed on in it. */
function isOwnKeyFile(node: unknown): boolean {
  if (!isKeyFile(partOf(node)?.fileName ?? '')) return false;
  for (let above = fieldOf(node, 'parent'); above !== undefined; above = fieldOf(above, 'parent')) {
    if (!(partOf(above)?.contentType ?? '').startsWith('multipart/')) return false;
  }
  return true;
}

/** Reads one node of mailparser 3.9; `node` in it is mailsplit's. */
function partOf(node: unknown): Part | undefined {
  const contentType = fieldOf(node, 'contentType');
  if (typeof contentType !== 'string') return undefined;
  const fileName = fieldOf(fieldOf(node, 'node'), 'filename');
  const text = fieldOf(node, 'textContent');
  const children = fieldOf(node, 'children');
  const isNamed = typeof fileName === 'string' && fileName !== '';
  return {
    contentType: contentType.toLowerCase(),
    isFile: fieldOf(node, 'isAttachment') === true || isNamed,
    fileName: isNamed ? fileName : '',
    text: typeof text === 'string' ? text : undefined,
    children: Array.isArray(children) ? children : [],
  };
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
