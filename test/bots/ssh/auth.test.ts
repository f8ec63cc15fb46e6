// Who somebody is: the key that signed, over algorithms that are safe today.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOST, type OpenDoor } from './open-door.ts';
import { createOpenSsh } from './openssh.ts';
import { attempt, openMirror, privateKeyOf, raw } from './strangers.ts';

let open: OpenDoor;
beforeEach(async () => {
  open = await openMirror();
});
afterEach(() => open.close());

describe('who somebody is', () => {
  it('is the key that signed, not one that was only offered', async () => {
    const victim = createOpenSsh();
    const attacker = open.person;
    const offered = join(attacker.folder, 'offered');
    writeFileSync(`${offered}.pub`, victim.publicKey);
    const ran = await attacker.run('ssh', [
      '-v',
      '-o',
      `IdentityFile=${offered}.pub`,
      ...attacker.options(open.port),
      `ana@${HOST}`,
      'whoami',
    ]);
    victim.remove();
    expect(ran.err).toContain(`Offering public key: ${offered}`);
    expect(ran.out).toBe(`${attacker.fingerprint}\n`);
    expect(ran.out).not.toContain(victim.fingerprint);
  });

  it('is not believed when another key signed', async () => {
    const victim = createOpenSsh();
    const forged = privateKeyOf(open.person);
    expect(await attempt(open, () => ({ type: 'publickey', username: 'ana', key: privateKeyOf(open.person) }))).toBe(
      'in',
    );
    let tries = 0;
    const outcome = attempt(open, () => {
      tries += 1;
      if (tries > 1) return false;
      const blob = privateKeyOf(victim).getPublicSSH();
      forged.getPublicSSH = () => blob;
      return { type: 'publickey', username: 'ana', key: forged };
    });
    expect(await outcome).toBe('refused');
    victim.remove();
  });

  it.each([
    ['-t', 'ecdsa', '-b', '256'],
    ['-t', 'ecdsa', '-b', '384'],
    ['-t', 'ecdsa', '-b', '521'],
    ['-t', 'rsa', '-b', '2048'],
  ])('may be shown by a key made with %s %s %s %s', async (...kind) => {
    const person = createOpenSsh(kind);
    person.knowHost(HOST, open.port, open.door.hostPublicKey);
    const ran = await person.run('ssh', [...person.options(open.port), `ana@${HOST}`, 'whoami']);
    person.remove();
    expect(ran).toEqual({ status: 0, out: `${person.fingerprint}\n`, err: '' });
  });

  it('is not shown by an RSA key under 2048 bits, nor by SHA-1, nor by a certificate', async () => {
    const person = createOpenSsh(['-t', 'rsa', '-b', '1024']);
    person.knowHost(HOST, open.port, open.door.hostPublicKey);
    const short = await person.run('ssh', [...person.options(open.port), `ana@${HOST}`, 'whoami']);
    expect(short).toMatchObject({ status: 255, out: '' });
    await person.run('ssh-keygen', [
      '-q',
      '-s',
      join(open.person.folder, 'key'),
      '-I',
      'ana',
      '-n',
      'ana',
      join(open.person.folder, 'key.pub'),
    ]);
    const certificate = join(open.person.folder, 'key-cert.pub');
    const certified = await open.ssh([
      '-o',
      `CertificateFile=${certificate}`,
      '-v',
      '-o',
      'LogLevel=DEBUG1',
      `ana@${HOST}`,
      'whoami',
    ]);
    expect(certified.err).toContain('ED25519-CERT');
    expect(certified.out).toBe(`${open.person.fingerprint}\n`);
    person.remove();
    const rsa = createOpenSsh(['-t', 'rsa', '-b', '2048']);
    rsa.knowHost(HOST, open.port, open.door.hostPublicKey);
    const old = await rsa.run('ssh', [
      ...rsa.options(open.port),
      '-o',
      'PubkeyAcceptedAlgorithms=ssh-rsa',
      `ana@${HOST}`,
      'whoami',
    ]);
    rsa.remove();
    expect(old).toMatchObject({ status: 255, out: '' });
  });

  it('cannot be shown by a password, and guessing ends the connection', async () => {
    const ran = await open.ssh([
      '-o',
      'BatchMode=no',
      '-o',
      'PreferredAuthentications=password,keyboard-interactive',
      `ana@${HOST}`,
      'list',
    ]);
    expect(ran).toMatchObject({ status: 255, out: '' });
    expect(ran.err).toContain('Permission denied (publickey)');
    let guesses = 0;
    const outcome = await attempt(open, () => {
      guesses += 1;
      return guesses > 50 ? false : { type: 'password', username: 'ana', password: `guess ${guesses}` };
    });
    expect(outcome).toBe('refused');
    expect(guesses).toBeLessThanOrEqual(8);
  });
});

describe('what is spoken', () => {
  it.each(['aes128-ctr', 'aes256-cbc', 'chacha20-poly1305@openssh.com'])('is never the cipher %s', async (cipher) => {
    const ran = await open.ssh(['-v', '-c', cipher, `ana@${HOST}`, 'list']);
    expect(ran).toMatchObject({ status: 255, out: '' });
    expect(ran.err).toContain('no matching cipher');
  });

  it.each(['diffie-hellman-group14-sha1', 'diffie-hellman-group14-sha256', 'diffie-hellman-group-exchange-sha256'])(
    'is never agreed by %s',
    async (kex) => {
      const ran = await open.ssh(['-v', '-o', `KexAlgorithms=${kex}`, `ana@${HOST}`, 'list']);
      expect(ran.err).toContain('no matching key exchange');
    },
  );

  it('does not say which software answers', async () => {
    let banner = '';
    await raw(open, (socket) => {
      socket.on('data', (data) => {
        banner += data.toString('latin1');
        socket.end();
      });
    });
    expect(banner.split('\r\n')[0]).toBe('SSH-2.0-Shellbox');
  });
});
