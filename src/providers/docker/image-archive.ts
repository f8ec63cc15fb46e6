// A tar archive in memory of the few small files that the provider puts into a box; putArchive takes nothing else.

export interface ArchiveFile {
  /** Absolute path in the box, at most 100 bytes; its folder exists there. */
  path: string;
  mode: number;
  uid: number;
  gid: number;
  text: string;
}

const BLOCK_BYTES = 512;

/** An archive for `putArchive(archive, { path: '/' })`: POSIX ustar, modification time 0. */
export function boxArchive(files: readonly ArchiveFile[]): Buffer {
  const entries = files.flatMap((file) => {
    const bytes = Buffer.from(file.text, 'utf8');
    const padding = Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES);
    return [header(file, bytes.length), bytes, padding];
  });
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK_BYTES)]);
}

/** One header block; the fields and their offsets are those of POSIX.1-1988 (`man 5 tar`). */
function header(file: ArchiveFile, sizeBytes: number): Buffer {
  const name = file.path.replace(/^\/+/, '');
  if (Buffer.byteLength(name) > 100) throw new RangeError(`archive path of more than 100 bytes: ${name}`);
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, offset: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset, 'latin1');
  block.write(name, 0, 'utf8');
  octal(file.mode, 100, 8);
  octal(file.uid, 108, 8);
  octal(file.gid, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
