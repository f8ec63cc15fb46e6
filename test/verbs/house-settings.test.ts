// What a process learns of its configuration before it begins: here, the operator's script for new boxes.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { secret } from '../../src/secret.ts';
import { setupScriptFinding } from '../../src/verbs/doctor-machine.ts';
import { houseSettings } from '../../src/verbs/house-settings.ts';
import { freshFolder } from './program.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

describe('BOX_SETUP_SCRIPT', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await freshFolder();
    await mkdir(join(folder, 'a-folder'));
    await writeFile(join(folder, 'script'), '#!/bin/sh\n');
  });

  const settings = (path: string, makesBoxes: boolean) =>
    houseSettings({
      config: loadConfig(
        { BOX_SETUP_SCRIPT: path, SHELLBOX_SECRET_KEY: KEY },
        { isRoot: false, cwd: folder, providers: ['docker'] },
      ),
      servers: { databaseUrl: secret('postgres://db/x'), redisUrl: secret('redis://r') },
      version: '0.0.0',
      logger: createLogger({ level: 'silent', secrets: [] }),
      makesBoxes,
    });

  test.each([
    ['hunter2/none', 'there is no such file'],
    ['a-folder', 'that is a folder; give the path of a file'],
  ])('that cannot be read (%s) is a fault by name, without its path', async (path, what) => {
    await expect(settings(path, true)).rejects.toMatchObject({
      code: 'config',
      message: `The configuration has 1 fault:\n  BOX_SETUP_SCRIPT: ${what}`,
    });
    expect(await setupScriptFinding(join(folder, path))).toMatchObject({
      ok: false,
      what: `BOX_SETUP_SCRIPT: ${what}`,
    });
  });

  test('is nothing to processes that make no boxes, whose user may not read it', async () => {
    await expect(settings('none', false)).resolves.toMatchObject({ version: '0.0.0' });
  });

  test('that can be read stands in nobody’s way', async () => {
    await expect(settings('script', true)).resolves.toMatchObject({ version: '0.0.0' });
    expect(await setupScriptFinding(join(folder, 'script'))).toMatchObject({ ok: true });
  });
});
