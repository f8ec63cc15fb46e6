// doctor's look at the machine: the Node that runs this, the disk, the ports, and who can get in.
import { mkdir, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Config } from '../config.ts';
import type { Finding } from './finding.ts';
import { readGivenFile } from './given-file.ts';
import { howToOpen, waysIn } from './ways-in.ts';

const NODE_MAJOR = 24;
const MIB = 1024 * 1024;
const LEAST_FREE_MIB = 1024;

export function nodeFinding(version: string): Finding {
  const ok = Number(version.split('.')[0]) >= NODE_MAJOR;
  return ok
    ? { ok, what: `Node ${version}` }
    : {
        ok,
        what: `Node ${version} is too old`,
        remedy: `Use bin/shellbox, which takes the Node ${NODE_MAJOR} of the checkout.`,
      };
}

/** `look` tells blocks of `bsize` bytes that are left, `bavail` in number. */
export async function spaceFinding(
  dataDir: string,
  look: (path: string) => Promise<{ bavail: number; bsize: number }> = statfs,
): Promise<Finding> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await look(dataDir);
    const freeMiB = Math.floor((bavail * bsize) / MIB);
    const what = `data directory ${dataDir}, ${freeMiB} MiB free`;
    return freeMiB >= LEAST_FREE_MIB ? { ok: true, what } : { ok: false, what, remedy: `Free ${LEAST_FREE_MIB} MiB.` };
  } catch {
    return {
      ok: false,
      what: `data directory ${dataDir} cannot be written`,
      remedy: 'Set SHELLBOX_DATA_DIR to a directory that this user may write.',
    };
  }
}

/** Whether somebody can get an account at all, by whichever door. */
export function accessFinding(config: Config): Finding {
  const { ssh, signUp, admins } = config;
  const what = `SSH door at ${ssh.listen.host} port ${ssh.listen.port}, sign-up ${signUp.ssh}`;
  if (admins.length > 0 || waysIn(config).some(({ isOpen }) => isOpen)) return { ok: true, what };
  const how = howToOpen(config);
  return {
    ok: false,
    isMinor: true,
    what: `${what}, and no SHELLBOX_ADMINS: nobody new can get in`,
    remedy: `${how[0]?.toUpperCase()}${how.slice(1)} (ssh:SHA256:…, from ssh-keygen -lf key.pub).`,
  };
}

export async function setupScriptFinding(path: string): Promise<Finding> {
  const given = await readGivenFile('BOX_SETUP_SCRIPT', path);
  if ('text' in given) return { ok: true, what: 'BOX_SETUP_SCRIPT can be read' };
  const remedy = 'Workers need it to start; on a machine that has only the doors nobody does.';
  return { ok: false, what: given.fault, remedy };
}

export function portFinding(variable: string, { host, port }: { host: string; port: number }): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const server = createServer();
  server.once('error', () =>
    resolve({
      ok: false,
      what: `${host} port ${port} cannot be listened on`,
      remedy: `Stop the program that listens there (ss -ltnp), or set another ${variable}.`,
    }),
  );
  server.listen({ host, port }, () => server.close(() => resolve({ ok: true, what: `${host} port ${port} is free` })));
  return promise;
}
