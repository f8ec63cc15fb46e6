// backup beside a running start, and restore of its private database once it has ended: onto the same data directory, and onto a new one.
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { freshFolder, runProgram, startProgram } from './program.ts';

test('a private database is copied while it serves, and comes back where it was, and on another machine with its key', {
  timeout: 120_000,
}, async () => {
  const folder = await freshFolder();
  const env = {
    SHELLBOX_DATA_DIR: 'data',
    SSH_LISTEN: `127.0.0.1:${await freePort()}`,
    SHELLBOX_PORT: String(await freePort()),
    // No engine: neither a network nor rules are made on this machine for these tests.
    DOCKER_HOST: 'unix:///nonexistent/docker.sock',
    SSH_SIGNUP: 'open',
    LOG_LEVEL: 'error',
  };
  const service = startProgram(folder, ['start'], env);
  await service.says('First command:');
  expect(await runProgram(folder, ['backup', 'one.backup'], env)).toMatchObject({
    status: 0,
    out: expect.stringContaining('data/secret.key'),
  });
  expect(await runProgram(folder, ['restore', 'one.backup', '--yes'], env)).toMatchObject({
    status: 1,
    err: expect.stringContaining('running "start"'),
  });
  // As after a power failure: its leases run on, and nobody has to wait for them.
  service.child.kill('SIGKILL');
  const { out: first } = await service.ended;
  expect(await runProgram(folder, ['restore', 'one.backup', '--yes'], env)).toMatchObject({ status: 0 });
  expect((await readdir(join(folder, 'data'))).some((name) => name.startsWith('before-restore-'))).toBe(true);

  const elsewhere = await freshFolder();
  await mkdir(join(elsewhere, 'data'), { mode: 0o700 });
  const file = join(folder, 'one.backup');
  expect(await runProgram(elsewhere, ['restore', file, '--yes'], env)).toMatchObject({
    status: 2,
    err: expect.stringContaining('secret.key'),
  });
  expect(await readdir(join(elsewhere, 'data'))).toEqual([]);
  await cp(join(folder, 'data/secret.key'), join(elsewhere, 'data/secret.key'));
  expect(await runProgram(elsewhere, ['restore', file, '--yes'], env)).toMatchObject({
    status: 0,
    out: expect.stringContaining(`Restored into ${join(elsewhere, 'data')} what`),
  });
  const again = startProgram(elsewhere, ['start'], env);
  await again.says('First command:');
  await again.says('! In quarantine');
  expect(await runProgram(elsewhere, ['quarantine'], env)).toMatchObject({
    status: 1,
    out: expect.stringContaining('restored from a backup'),
  });
  again.child.kill('SIGTERM');
  // The same door, by its key.
  const hostKey = /host key (\S+)/;
  expect(hostKey.exec((await again.ended).out)?.[1]).toBe(hostKey.exec(first)?.[1]);
});
