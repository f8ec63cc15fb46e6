// The folder with what Shellbox is installed by, and programs that look at it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const DEPLOY = join(ROOT, 'deploy');

export interface Said {
  status: number;
  out: string;
  err: string;
}

/** Runs a program to its end; never rejects because of its exit status. */
export function run(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input = '',
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env.PATH, ...env }, timeout: 30_000, encoding: 'utf8' } as const;
    const child = execFile(file, args, options, (error, out, err) => {
      if (error === null) resolve({ status: 0, out, err });
      else if (typeof error.code === 'number') resolve({ status: error.code, out, err });
      else reject(error);
    });
    child.stdin?.on('error', () => {}).end(input);
  });
}
