// Private keys are taken out of what people type, however they got in, and nothing else is.
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePublicKey } from '../../src/accounts/keys.ts';
import { cutAtPrivateKey, standsForPrivateKey, withoutPrivateKeys } from '../../src/accounts/private-key.ts';

const BODY = [
  'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQ',
  'AAAEDsecretsecretsecret',
  'AAECAw==',
];
const OPENSSH = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...BODY, '-----END OPENSSH PRIVATE KEY-----'].join('\n');
const PUTTY = [
  'PuTTY-User-Key-File-3: ssh-ed25519',
  'Encryption: none',
  'Comment: ana@laptop',
  'Public-Lines: 1',
  'AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx',
  'Private-Lines: 1',
  'AAAAIsecretsecretsecret',
  'Private-MAC: 5ec7e7',
].join('\n');
const PUBLIC = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe ana@laptop';
const STANDS = 'keys add -----BEGIN OPENSSH PRIVATE KEY-----';
const NAMELESS = 'keys add -----BEGIN PRIVATE KEY-----';

describe('one line stands for a key', () => {
  test.each([
    ['alone', OPENSSH, STANDS],
    ['behind `keys add`', `keys add ${OPENSSH}\nlist`, `${STANDS}\nlist`],
    ['in quotes', `/shellbox keys add "${OPENSSH}"`, STANDS],
    ['below a command, above another', `list\n${OPENSSH}\n${PUBLIC}`, `list\n${STANDS}\n${PUBLIC}`],
    ['in one line', `keys add ${OPENSSH.replaceAll('\n', ' ')}`, STANDS],
    ['with other line ends', OPENSSH.replaceAll('\n', '\r\n'), STANDS],
    ['without its end', OPENSSH.slice(0, 180), STANDS],
    ['without its head', OPENSSH.split('\n').slice(1).join('\n'), NAMELESS],
    ['without both', `list\n${BODY.join('\n')}\nstop mybox`, `list\n${NAMELESS}\nstop mybox`],
    ['of PuTTY', `list\n${PUTTY}\nstop mybox`, `list\n${NAMELESS}\nstop mybox`],
    ['with the dashes of a phone', OPENSSH.replaceAll('-----', '—–'), STANDS],
    ['that is encrypted', OPENSSH.replaceAll('OPENSSH', 'ENCRYPTED'), STANDS.replace('OPENSSH', 'ENCRYPTED')],
    [
      'of ssh.com',
      OPENSSH.replaceAll('-----', '----').replaceAll('OPENSSH', 'SSH2 ENCRYPTED'),
      'keys add -----BEGIN SSH ENCRYPTED PRIVATE KEY-----',
    ],
    ['twice', `${OPENSSH}\n${OPENSSH}`, `${STANDS}\n${STANDS}`],
    ['that is quoted', `> ${OPENSSH.replaceAll('\n', '\n> ')}\n> list`, `> ${STANDS}\n> list`],
  ])('%s', (_, text, expected) => {
    expect(withoutPrivateKeys(text)).toBe(expected);
  });

  test.each(['pkcs1', 'pkcs8'] as const)('also of a key of RSA in %s without its armour', (type) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const body = privateKey.export({ format: 'pem', type }).toString().trim().split('\n').slice(1, -1);
    expect(withoutPrivateKeys(`${body.join('\n')}\nlist`)).toBe(`${NAMELESS}\nlist`);
  });
});

test.each([
  PUBLIC,
  `keys add ${PUBLIC}`,
  'list\r\nstop mybox',
  '-----BEGIN PGP SIGNED MESSAGE-----\nlist',
  'spinup MIIa',
])('what is no private key stays: %j', (text) => {
  expect(withoutPrivateKeys(text)).toBe(text);
});

test('a head that is only spoken of takes nothing with it', () => {
  expect(withoutPrivateKeys(`${STANDS}\nlist\n\nkeys add ${PUBLIC}`)).toBe(`${STANDS}\nlist\n\nkeys add ${PUBLIC}`);
});

test('what stands for a key is known again, and answered with what to do', () => {
  expect(standsForPrivateKey(STANDS)).toBe(true);
  expect(standsForPrivateKey(`keys add ${PUBLIC}`)).toBe(false);
  const parsed = parsePublicKey(STANDS.slice('keys add '.length));
  expect(parsed.ok ? '' : parsed.problem).toBe(
    'That is a private key. Make a new pair, never send this one again, and send the line of its .pub file.',
  );
});

test('a subject is cut where a key begins', () => {
  expect(cutAtPrivateKey(`Re: keys add ${OPENSSH.replaceAll('\n', ' ')}`)).toBe(`Re: ${STANDS}`);
  expect(cutAtPrivateKey('spinup mybox')).toBe('spinup mybox');
});

test('nothing of a key is left among any lines, and doing it again changes nothing', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'list',
      '',
      'keys add',
      `keys add ${PUBLIC}`,
      '> stop',
      '-- ',
      'Ana',
      OPENSSH,
      `x ${OPENSSH}`,
      PUTTY,
    ),
    fc.string({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const clean = withoutPrivateKeys(lines.join('\n'));
      expect(clean).not.toContain('secret');
      expect(clean).not.toContain('b3Bl');
      expect(withoutPrivateKeys(clean)).toBe(clean);
    }),
    { numRuns: 2_000 },
  );
});

test('a text made to be slow is read in time', () => {
  const slow = [
    '-----BEGIN OPENSSH PRIVATE KEY-----\n'.repeat(3_000),
    'MII'.repeat(33_000),
    '-'.repeat(100_000),
    `${' '.repeat(100_000)}x\n${OPENSSH}`,
  ];
  const begun = performance.now();
  for (const text of slow) withoutPrivateKeys(text);
  expect(performance.now() - begun).toBeLessThan(1_000);
});
