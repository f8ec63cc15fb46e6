// What a new machine is told: the account, the keys, the files, and what is refused.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ProviderError } from '../../../../src/providers/provider.ts';
import { userData, userDataValue } from '../../../../src/providers/shared/machine/user-data.ts';
import { makeHostKey } from '../../../contracts/provider-spec.ts';
import { describedBox, LIMIT_BYTES, traits } from './described-box.ts';

const codeOf = (make: () => unknown) => {
  try {
    make();
    return 'made';
  } catch (error) {
    return error instanceof ProviderError ? error.code : error;
  }
};
const fileIn = (value: ReturnType<typeof userDataValue>, path: string) => {
  const file = value.write_files.find((one) => one.path === path);
  return file && { permissions: file.permissions, text: gunzipSync(Buffer.from(file.content, 'base64')).toString() };
};
const imageFile = (name: string) => readFileSync(new URL(`../../../../image/${name}`, import.meta.url), 'utf8');

describe('the value', () => {
  test('has one account, which sudo trusts and no password opens, and the host key that was made before', () => {
    const box = describedBox({ boxName: 'mybox' });
    const value = userDataValue(box, traits());
    expect(value.users).toEqual([
      {
        name: 'dev',
        uid: 1000,
        gecos: '',
        groups: 'docker',
        homedir: '/home/dev',
        no_create_home: true,
        shell: '/bin/bash',
        sudo: 'ALL=(ALL:ALL) NOPASSWD: ALL',
        lock_passwd: false,
        passwd: '*',
      },
    ]);
    expect(value).toMatchObject({
      hostname: 'mybox',
      disable_root: true,
      allow_public_ssh_keys: false,
      ssh_pwauth: false,
      ssh_deletekeys: true,
      package_update: false,
      package_upgrade: false,
      ssh_keys: { ed25519_private: box.hostKey.privateKey.reveal(), ed25519_public: box.hostKey.publicKey },
    });
  });

  test('has keys, greeting and device as files, and the operator’s script for root alone', () => {
    const [mine, other] = [makeHostKey().publicKey, makeHostKey().publicKey];
    const box = describedBox({ boxName: 'mybox', stopNote: 'stops at 18:00', authorizedKeys: [mine, other] });
    const its = traits({ setupScript: '#!/bin/sh\necho ü\n' });
    const value = userDataValue(box, its);
    expect(fileIn(value, '/etc/shellbox/authorized_keys')?.text).toBe(`${mine}\n${other}\n`);
    expect(fileIn(value, '/etc/shellbox/control_keys')?.text).toBe(`${its.controlKey}\n`);
    expect(fileIn(value, '/etc/shellbox/greeting')?.text).toBe('name=mybox\nnote=stops at 18:00\ntimezone=UTC\n');
    expect(fileIn(value, '/etc/shellbox/machine')?.text).toBe(`HOME_DEVICE=${its.device}\n`);
    expect(fileIn(value, '/usr/local/lib/shellbox/operator-setup')).toEqual({
      permissions: '0700',
      text: '#!/bin/sh\necho ü\n',
    });
    expect(fileIn(userDataValue(box, traits()), '/usr/local/lib/shellbox/operator-setup')).toBeUndefined();
  });

  test('gives people what Docker boxes have: greeting, shellbox-hold, and the rules of their sshd', () => {
    const value = userDataValue(describedBox(), traits());
    expect(fileIn(value, '/usr/local/lib/shellbox/greeting')?.text).toBe(imageFile('greeting'));
    expect(fileIn(value, '/usr/local/bin/shellbox-hold')).toEqual({
      permissions: '0755',
      text: imageFile('shellbox-hold'),
    });
    expect(fileIn(value, '/etc/profile.d/shellbox-greeting.sh')?.text).toBe(imageFile('greeting-profile.sh'));
    const settings = (text: string) => text.split('\n').filter((line) => /^[A-Z]/.test(line));
    const ours = settings(fileIn(value, '/etc/ssh/sshd_config.d/00-shellbox.conf')?.text ?? '');
    const theirs = settings(imageFile('sshd_config'));
    expect(theirs.filter((line) => !ours.includes(line))).toEqual([
      'Port 22',
      'HostKey /run/shellbox/ssh_host_ed25519_key',
      'PidFile /run/sshd.pid',
      'AuthorizedKeysFile /etc/shellbox/authorized_keys .ssh/authorized_keys',
      'Subsystem sftp internal-sftp',
    ]);
    expect(ours.filter((line) => !theirs.includes(line))).toEqual([
      'HostKey /etc/ssh/ssh_host_ed25519_key',
      'AuthorizedKeysFile /run/shellbox/authorized_keys /etc/shellbox/control_keys .ssh/authorized_keys',
      'Banner /run/shellbox/notice',
    ]);
  });

  test('installs the tools of Docker boxes', () => {
    const words = (text: string) => text.split(/[\s\\]+/).filter(Boolean);
    const inImage = words(/ install -y --no-install-recommends \\\n([^;]+);/.exec(imageFile('Dockerfile'))?.[1] ?? '');
    const setup = fileIn(userDataValue(describedBox(), traits()), '/usr/local/lib/shellbox/setup')?.text ?? '';
    expect(inImage.length).toBeGreaterThan(15);
    expect(inImage.filter((tool) => !words(setup).includes(tool))).toEqual([]);
  });
});

describe('what is refused', () => {
  const box = describedBox();
  const key = makeHostKey().publicKey;
  test.each([
    ['a key of two lines', { authorizedKeys: [`${key}\n${key}`] }],
    ['a key that ends its line', { authorizedKeys: [`${key}\n`] }],
    ['an empty key', { authorizedKeys: [' '] }],
    ['a name that is no host name', { boxName: 'my box' }],
    ['a name of two lines', { boxName: 'mybox\nusers: []' }],
  ])('%s', (_what, overrides) => {
    expect(codeOf(() => userData({ ...box, ...overrides }, traits()))).toBe('invalid');
  });

  test.each(['/dev/sda$(id)', '/dev/../etc/passwd', 'sda', '/dev/sd a', '/dev/sda\nX=1', '/dev/disk"'])(
    'the device %j',
    (device) => {
      expect(codeOf(() => userData(box, traits({ device })))).toBe('invalid');
    },
  );

  test('a control key of two lines', () => {
    expect(codeOf(() => userData(box, traits({ controlKey: `${key}\n${key}` })))).toBe('invalid');
  });

  test('more than the cloud takes; the remedy is the operator’s', () => {
    const noise = Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * at * 31 + (at >> 3)) % 251)).toString(
      'hex',
    );
    const bytes = Buffer.byteLength(userData(box, traits({ setupScript: noise, limitBytes: 1_000_000 })));
    expect(codeOf(() => userData(box, traits({ setupScript: noise, limitBytes: bytes })))).toBe('made');
    expect(() => userData(box, traits({ setupScript: noise, limitBytes: bytes - 1 }))).toThrow(
      expect.objectContaining({ code: 'invalid', remedyFor: 'operator', remedy: expect.stringMatching(/script/) }),
    );
  });

  test('nothing of an ordinary box, which leaves room for a long script', () => {
    expect(Buffer.byteLength(userData(box, traits()))).toBeLessThan(LIMIT_BYTES / 2);
  });
});

test('the document is ASCII and says the same to a reader of YAML 1.2', () => {
  const [box, its] = [describedBox({ stopNote: '‘later’ 🦊' }), traits()];
  const document = userData(box, its);
  expect(document).toMatch(/^#cloud-config\n[\x20-\x7e\n]+$/);
  expect(parse(document)).toEqual(userDataValue(box, its));
});
