// The folders of the host that a box's files lie in.
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { firstFiles, writeFolders } from '../../../src/providers/docker/box-files.ts';
import { BOX_PATHS } from '../../../src/providers/shared/box-system.ts';
import { makeBoxSpec, testInstallId } from '../../contracts/provider-spec.ts';

const rightsOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test('folders that were begun by a program that was killed are as whole ones: people can be let in', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'shellbox-files-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const begun = join(dir, 'etc');
  await mkdir(begun);
  await chmod(begun, 0o700);
  await writeFolders(dir, firstFiles(makeBoxSpec({ installId: testInstallId() })));
  expect(await rightsOf(begun)).toBe('755');
  expect(await rightsOf(join(begun, 'authorized_keys'))).toBe(BOX_PATHS.authorizedKeys.mode.toString(8));
  expect((await readdir(begun)).toSorted()).toEqual(['authorized_keys', 'greeting']);
});
