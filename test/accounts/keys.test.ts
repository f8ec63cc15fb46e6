// Public keys: read as ssh-keygen reads them, and refused in words.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprintOf, parsePublicKey } from '../../src/accounts/keys.ts';
import { generateHostKey, publicKeyOf } from '../../src/bots/ssh/host-keys.ts';
import type { KeyPair } from '../../src/secret.ts';

let folder: string;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shellbox-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function keygen(...kind: string[]): { line: string; shown: string } {
  made += 1;
  const file = join(folder, `key-${made}`);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'ana@laptop', '-f', file, ...kind]);
  const shown = execFileSync('ssh-keygen', ['-lf', `${file}.pub`]).toString();
  return { line: readFileSync(`${file}.pub`, 'utf8').trim(), shown: shown.split(' ')[1] ?? '' };
}

function problemOf(line: string): string {
  const parsed = parsePublicKey(line);
  return parsed.ok ? 'none' : parsed.problem;
}

const field = (data: Buffer | string): Buffer => {
  const bytes = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const lineOf = (type: string, ...fields: (Buffer | string)[]): string =>
  `${type} ${Buffer.concat([type, ...fields].map(field)).toString('base64')}`;

describe('a public key', () => {
  it.each([
    ['ssh-ed25519', ['-t', 'ed25519']],
    ['ecdsa-sha2-nistp256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa-sha2-nistp384', ['-t', 'ecdsa', '-b', '384']],
    ['ecdsa-sha2-nistp521', ['-t', 'ecdsa', '-b', '521']],
    ['ssh-rsa', ['-t', 'rsa', '-b', '2048']],
    ['ssh-rsa', ['-t', 'rsa', '-b', '3072']],
  ])('of type %s has the fingerprint that ssh-keygen shows', (type, kind) => {
    const { line, shown } = keygen(...kind);
    const parsed = parsePublicKey(line);
    expect(parsed).toMatchObject({
      ok: true,
      key: { type, line, fingerprint: shown, comment: 'ana@laptop', gatewayCanVerify: true },
    });
    expect(fingerprintOf(line)).toBe(shown);
  });

  it('is taken with spaces round it, without a comment, and with a comment of several words', () => {
    const { line } = keygen('-t', 'ed25519');
    const [type, base64] = line.split(' ');
    expect(parsePublicKey(`  ${type}\t${base64}  \n`)).toMatchObject({
      ok: true,
      key: { comment: '', line: `${type} ${base64}` },
    });
    expect(parsePublicKey(`${type} ${base64} Ana's laptop`)).toMatchObject({
      ok: true,
      key: { comment: "Ana's laptop" },
    });
  });

  it('on a security key works for boxes, not at the gateway', () => {
    const ed = lineOf('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:');
    expect(parsePublicKey(ed)).toMatchObject({ ok: true, key: { gatewayCanVerify: false } });
    const point = Buffer.from(keygen('-t', 'ecdsa', '-b', '256').line.split(' ')[1] ?? '', 'base64').subarray(-65);
    const ec = lineOf('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point, 'ssh:');
    expect(parsePublicKey(ec)).toMatchObject({ ok: true, key: { gatewayCanVerify: false } });
    writeFileSync(join(folder, 'sk.pub'), ec);
    expect(execFileSync('ssh-keygen', ['-lf', join(folder, 'sk.pub')]).toString()).toContain(fingerprintOf(ec));
  });

  it('has a comment that acts on no terminal and makes no second line', () => {
    const { line } = keygen('-t', 'ed25519');
    const parsed = parsePublicKey(`${line}\u001B[2J\u202Eevil`);
    expect(parsed).toMatchObject({ ok: true, key: { comment: 'ana@laptopU+001B[2JU+202Eevil' } });
    expect(problemOf(`${line}\nssh-ed25519 AAAA`)).toContain('One key is one line');
  });
});

describe('what is no public key', () => {
  it('is refused with what to paste instead', () => {
    const { line } = keygen('-t', 'ed25519');
    expect(problemOf('')).toContain('.pub file');
    expect(problemOf('hello')).toContain('"hello" is no type of key');
    expect(problemOf(`command="reboot" ${line}`)).toContain('Options before a key are not taken');
    expect(problemOf(`no-pty ${line}`)).toContain('Options before a key are not taken');
    expect(problemOf('-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl')).toContain('That is a private key');
    expect(problemOf(keygen('-t', 'rsa', '-b', '1024').line)).toContain('has 1024 bits; at least 2048');
    expect(problemOf(lineOf('ssh-dss', 'x'))).toContain('DSA');
    expect(problemOf('ssh-ed25519-cert-v01@openssh.com AAAA')).toContain('certificate');
    expect(problemOf(`ssh-rsa ${'A'.repeat(20_000)}`)).toContain('too long');
  });

  it('is refused when a byte is missing, added, or of another type', () => {
    const { line } = keygen('-t', 'ed25519');
    const [type = '', base64 = ''] = line.split(' ');
    const blob = Buffer.from(base64, 'base64');
    expect(problemOf(`${type} ${base64.slice(0, -4)}`)).toContain('damaged');
    expect(problemOf(`${type} ${Buffer.concat([blob, Buffer.from([0])]).toString('base64')}`)).toContain('damaged');
    expect(problemOf(`ecdsa-sha2-nistp256 ${base64}`)).toContain('damaged');
    expect(
      problemOf(lineOf('ecdsa-sha2-nistp256', 'nistp256', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 9)]))),
    ).toContain('damaged');
    expect(problemOf(lineOf('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(257, 0xfe).fill(0, 0, 1)))).toContain(
      'make no sense',
    );
  });

  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void parsePublicKey(text)));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (bytes) => void parsePublicKey(`ssh-rsa ${Buffer.from(bytes).toString('base64')}`),
      ),
    );
  });
});

describe('a new host key', () => {
  function expectSound({ privateKey, publicKey }: KeyPair): void {
    const file = join(folder, `host-${++made}`);
    writeFileSync(file, privateKey.reveal(), { mode: 0o600 });
    expect(execFileSync('ssh-keygen', ['-y', '-f', file]).toString().trim()).toBe(publicKey);
    expect(publicKeyOf(privateKey)).toBe(publicKey);
    expect(parsePublicKey(publicKey)).toMatchObject({ ok: true });
  }

  it('is read by OpenSSH, and its public half belongs to it', () => {
    expectSound(generateHostKey());
  });

  it('is read by OpenSSH also when it begins with a zero byte, as one in 256 does', () => {
    const startsWithZero = ({ publicKey }: { publicKey: string }): boolean =>
      Buffer.from(publicKey.split(' ')[1] ?? '', 'base64').at(-32) === 0;
    let pair = generateHostKey();
    for (let tries = 0; tries < 10_000 && !startsWithZero(pair); tries++) pair = generateHostKey();
    expect(startsWithZero(pair)).toBe(true);
    expectSound(pair);
  });
});
