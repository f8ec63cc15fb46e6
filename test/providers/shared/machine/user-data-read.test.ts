// User data as cloud-init itself reads it: nothing that people write makes it anything else.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ProviderError } from '../../../../src/providers/provider.ts';
import { userData, userDataValue } from '../../../../src/providers/shared/machine/user-data.ts';
import { makeHostKey } from '../../../contracts/provider-spec.ts';
import { describedBox, traits } from './described-box.ts';

const PYTHON = '/usr/bin/python3';
const withCloudInit = spawnSync(PYTHON, ['-c', 'import cloudinit.config.schema, jsonschema']).status === 0;

const readSchema = z.object({
  faults: z.array(z.string()),
  config: z.looseObject({
    hostname: z.string(),
    users: z.array(z.looseObject({ name: z.string() })),
    ssh_keys: z.record(z.string(), z.string()),
    bootcmd: z.array(z.array(z.string())),
    write_files: z.record(z.string(), z.tuple([z.string(), z.string(), z.string()])),
  }),
});

/** In one process, for all of them. */
function readByCloudInit(documents: readonly string[]) {
  const script = fileURLToPath(new URL('read-user-data.py', import.meta.url));
  const { status, stdout, stderr } = spawnSync(PYTHON, [script], {
    input: documents.map((document) => `${JSON.stringify(document)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => readSchema.parse(JSON.parse(line)));
}

const HOSTILE = [
  '"',
  "'",
  '\n',
  '\n\n',
  '\r\n',
  '\u0085',
  '\u2028',
  '\u2029',
  '\ufeff',
  '\0',
  '#cloud-config',
  '## template: jinja',
  '{{ ds.meta_data }}',
  '{% raw %}',
  '%n',
  '!!python/object/apply:os.system ["id"]',
  '&a *a',
  '- name: mallory',
  'users:\n  - mallory',
  '\nruncmd:\n  - id\n',
  '---',
  '...',
  ': ',
  ' #',
  '$(id)',
  '`id`',
  '\\',
  '\t',
  '🦊',
  'ssh-ed25519 AAAA mallory',
];
const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 6 })
  .map((parts) => parts.join(''));
const boxName = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/);
const aKey = makeHostKey().publicKey;
const anyBox = fc.record({
  boxName: fc.oneof({ weight: 9, arbitrary: boxName }, { weight: 1, arbitrary: hostileText }),
  stopNote: hostileText,
  // Half of the comments have no line end, which is refused.
  authorizedKeys: fc.array(
    fc
      .oneof(
        hostileText,
        hostileText.map((text) => text.replaceAll(/\p{Cc}/gu, ' ')),
      )
      .map((text) => `${aKey} ${text}`),
    { maxLength: 3 },
  ),
  setupScript: fc.option(hostileText, { nil: undefined }),
});

describe.skipIf(!withCloudInit)('read as cloud-init reads it (needs its Python modules)', { timeout: 300_000 }, () => {
  test('a thousand boxes with hostile texts fit its schema, and none has another account, key, command or file', () => {
    const hostKey = makeHostKey();
    const base = describedBox({ hostKey });
    const { controlKey, ...rest } = traits();
    const made = fc.sample(anyBox, 1000).flatMap((one) => {
      try {
        const { setupScript, ...texts } = one;
        return [{ one, document: userData({ ...base, ...texts }, { ...rest, controlKey, setupScript }) }];
      } catch (error) {
        if (error instanceof ProviderError && error.code === 'invalid') return [];
        throw error;
      }
    });
    expect(made.length).toBeGreaterThan(300);
    const plain = userDataValue(base, { ...rest, controlKey });
    const paths = plain.write_files.map(({ path }) => path);
    const read = readByCloudInit(made.map(({ document }) => document));
    expect(read.length).toBe(made.length);
    for (const [at, { faults, config }] of read.entries()) {
      const { boxName, stopNote, authorizedKeys, setupScript } = made[at]?.one ?? expect.fail();
      expect(faults).toEqual([]);
      expect(Object.keys(config).sort()).toEqual(Object.keys(plain).sort());
      const { write_files, hostname, ...same } = config;
      const { write_files: _files, hostname: _name, ...expected } = plain;
      expect(same).toEqual(expected);
      expect(hostname).toBe(boxName);
      const script = '/usr/local/lib/shellbox/operator-setup';
      expect(Object.keys(write_files)).toEqual(setupScript === undefined ? paths : [...paths, script]);
      expect(write_files['/etc/shellbox/authorized_keys']?.[2].split('\n')).toEqual([...authorizedKeys, '']);
      expect(write_files['/etc/shellbox/control_keys']?.[2]).toBe(`${controlKey}\n`);
      expect(write_files['/etc/shellbox/greeting']?.[2].split('\n').length).toBe(4);
      expect(write_files['/etc/shellbox/greeting']?.[2]).toContain(`note=${stopNote.replaceAll(/\p{Cc}+/gu, ' ')}\n`);
      expect(write_files[script]?.[2]).toBe(setupScript);
    }
  });

  test('what its schema refuses is seen', () => {
    const document = userData(describedBox(), traits()).replace('uid: 1000', 'uid: [1000]');
    expect(readByCloudInit([document])[0]?.faults).toEqual([expect.stringContaining('users')]);
  });
});
