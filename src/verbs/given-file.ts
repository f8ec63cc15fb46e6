// Reads a file that a variable names, for whoever tells an operator what is wrong with it.
import { readFile } from 'node:fs/promises';

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read that file',
  EISDIR: 'that is a folder; give the path of a file',
};

/** Never rejects. A fault begins with the variable, and holds nothing of path and file. */
export async function readGivenFile(variable: string, path: string): Promise<{ text: string } | { fault: string }> {
  try {
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { fault: `${variable}: ${UNREADABLE[code] ?? 'that file cannot be read'}` };
  }
}
