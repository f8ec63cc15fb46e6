// Strangers, floods, forgeries and broken packets in front of the SSH door.
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2, { type AuthenticationType, type ParsedKey } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateHostKey } from '../../../src/bots/ssh/host-keys.ts';
import type { SshLimits } from '../../../src/bots/ssh/limits.ts';
import { createSshDoor } from '../../../src/bots/ssh/ssh.ts';
import { createLogger } from '../../../src/log.ts';
import { say } from '../../../src/threads/reply.ts';
import { createFakeDirectory } from '../../fakes/directory.ts';
import { HOST, type OpenDoor, openDoor } from './open-door.ts';
import { createOpenSsh } from './openssh.ts';

let open: OpenDoor;

async function reopen(limits: Partial<SshLimits> = {}): Promise<void> {
  open = await openDoor(limits);
  open.intake.answer = async ({ arrival, final }) => void (await final(say(arrival.speaker.subject)));
}
beforeEach(() => reopen());
afterEach(() => open.close());

function privateKeyOf(person: { folder: string }): ParsedKey {
  const parsed = ssh2.utils.parseKey(readFileSync(join(person.folder, 'key')));
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

/** Logs in with ssh2, which does as it is told; resolves with what became of it. */
function attempt(
  handler: (left: AuthenticationType[] | null) => object | false | 'silence',
): Promise<'in' | 'refused'> {
  return new Promise((resolve) => {
    const client = new ssh2.Client();
    client.on('ready', () => {
      client.end();
      resolve('in');
    });
    client.on('error', () => resolve('refused'));
    client.on('close', () => resolve('refused'));
    client.connect({
      host: HOST,
      port: open.port,
      username: 'ana',
      hostVerifier: (key: Buffer) => key.toString('base64') === open.door.hostPublicKey.split(' ')[1],
      authHandler: (left, _partial, next) => {
        const answer = handler(left);
        if (answer !== 'silence') next(answer as never);
      },
    });
  });
}

/** A command as a user of this name, which OpenSSH's own client would not send. */
function runAs(username: string, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject);
    client.on('ready', () => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error);
        channel.resume();
        channel.on('exit', resolve);
        channel.on('close', () => client.end());
      });
    });
    client.connect({
      host: HOST,
      port: open.port,
      username,
      privateKey: readFileSync(join(open.person.folder, 'key')),
      hostVerifier: (key: Buffer) => key.toString('base64') === open.door.hostPublicKey.split(' ')[1],
    });
  });
}

function raw(onConnect: (socket: Socket) => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(open.port, HOST, () => onConnect(socket));
    socket.on('error', () => {});
    socket.resume();
    socket.once('close', () => resolve());
  });
}

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
    expect(await attempt(() => ({ type: 'publickey', username: 'ana', key: privateKeyOf(open.person) }))).toBe('in');
    let tries = 0;
    const outcome = attempt(() => {
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
    const outcome = await attempt(() => {
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
    await raw((socket) => {
      socket.on('data', (data) => {
        banner += data.toString('latin1');
        socket.end();
      });
    });
    expect(banner.split('\r\n')[0]).toBe('SSH-2.0-Shellbox');
  });
});

describe('a flood', () => {
  it('of connections that do not log in leaves other addresses working, and this one once it is over', async () => {
    await open.close();
    await reopen({ unauthenticated: 150, unauthenticatedPerAddress: 100 });
    const sockets: Socket[] = [];
    const floods = Array.from({ length: 200 }, () => raw((socket) => sockets.push(socket)));
    // The hundred beyond the limit are closed at once.
    let ended = 0;
    for (const flood of floods) void flood.then(() => (ended += 1));
    await expect.poll(() => ended, { timeout: 15_000 }).toBe(100);
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(255);
    expect((await open.ssh(['-b', '127.0.0.2', `ana@${HOST}`, 'list'])).out).toBe(`${open.person.fingerprint}\n`);
    for (const socket of sockets) socket.destroy();
    await Promise.all(floods);
    await expect.poll(async () => (await open.ssh([`ana@${HOST}`, 'list'])).status, { timeout: 10_000 }).toBe(0);
  });

  it('is ended by the deadline of the log-in, whatever dribbles in; who has logged in stays', async () => {
    await open.close();
    await reopen({ loginMs: 400 });
    const stay = open.startSsh([`ana@${HOST}`, 'list']);
    open.intake.answer = async ({ final }) => {
      await Promise.all([
        raw(),
        raw((socket) => {
          socket.write('SSH-2.0-slow');
          const drip = setInterval(() => socket.write('x'), 20);
          socket.once('close', () => clearInterval(drip));
        }),
        attempt(() => 'silence'),
      ]);
      await final(say('still here'));
    };
    expect((await stay.ended).out).toBe('still here\n');
  });

  it('of connections with one key is held to its share', async () => {
    await open.close();
    await reopen({ connectionsPerKey: 1 });
    open.intake.answer = async ({ arrival, final }) => {
      if (arrival.text === 'wait')
        await expect.poll(() => open.intake.arrivals.length + second, { timeout: 15_000 }).toBeGreaterThan(1);
      await final(say('done'));
    };
    let second = 0;
    const first = open.startSsh([`ana@${HOST}`, 'wait']);
    await expect.poll(() => open.intake.arrivals.length, { timeout: 15_000 }).toBe(1);
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(255);
    second = 1;
    expect((await first.ended).out).toBe('done\n');
  });

  it('of channels on one connection is refused beyond the limit', async () => {
    await open.close();
    await reopen({ channels: 2 });
    const { promise: enough, resolve: proceed } = Promise.withResolvers<void>();
    open.intake.answer = async ({ final }) => {
      await enough;
      await final(say('done'));
    };
    const socket = join(open.person.folder, 'control');
    const master = open.startSsh(['-M', '-N', '-S', socket, `ana@${HOST}`]);
    await expect
      .poll(async () => (await open.ssh(['-S', socket, '-O', 'check', `ana@${HOST}`])).status, { timeout: 15_000 })
      .toBe(0);
    const two = ['one', 'two'].map((word) => open.ssh(['-S', socket, `ana@${HOST}`, word]));
    await expect.poll(() => open.intake.arrivals.length, { timeout: 15_000 }).toBe(2);
    expect((await open.ssh(['-S', socket, '-o', 'ProxyCommand=false', `ana@${HOST}`, 'three'])).status).not.toBe(0);
    proceed();
    expect((await Promise.all(two)).map((ran) => ran.out)).toEqual(['done\n', 'done\n']);
    await open.ssh(['-S', socket, '-O', 'exit', `ana@${HOST}`]);
    await master.ended;
  });
});

describe('broken packets', () => {
  it.each([
    ['no protocol at all', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an endless first line', Buffer.alloc(100_000, 0x41)],
    ['noise after the version', Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(4096, 0xff)])],
    ['a key exchange cut short', Buffer.from('SSH-2.0-x\r\n\0\0\0\x0c\x04\x14\0\0\0\0\0\0\0\0\0\0', 'latin1')],
    ['a packet of length 0', Buffer.from('SSH-2.0-x\r\n\0\0\0\0\0\0\0\0', 'latin1')],
  ])('such as %s leave the door open to others', async (_, bytes) => {
    const ended = raw((socket) => {
      socket.end(bytes);
    });
    await ended;
    expect((await open.ssh([`ana@${HOST}`, 'list'])).status).toBe(0);
  });
});

describe('names and texts full of metacharacters', () => {
  it('reach no shell and no terminal', async () => {
    const user = '$(touch /tmp/pwned);`id`\u001B[2J';
    expect(await runAs(user, 'list; $(id) `id` && reboot')).toBe(0);
    expect(open.intake.arrivals[0]?.text).toBe('list; $(id) `id` && reboot');
    expect(open.log.join('')).not.toContain('\u001B');
    expect(open.log.join('')).toContain('U+001B');
  });
});

describe('a box that is not the box', () => {
  it('is refused, and nothing is sent to it', async () => {
    await open.addBox('mybox');
    const box = open.directory.boxes.get('mybox');
    if (box === undefined) throw new Error('no box');
    open.directory.boxes.set('mybox', { ...box, hostPublicKey: generateHostKey().publicKey });
    const ran = await open.ssh([`mybox@${HOST}`, 'echo in']);
    expect(ran).toMatchObject({ status: 1, out: '' });
    expect(ran.err).toContain('it is not mybox. You were not connected.');
    expect(open.directory.openings).toEqual([]);
  });

  it('that does not answer is told so, with what to do', async () => {
    await open.close();
    await reopen({ boxAnswerMs: 200 });
    const sshd = await open.addBox('mybox');
    await sshd.stop();
    const ran = await open.ssh([`mybox@${HOST}`, 'echo in']);
    expect(ran).toEqual({
      status: 1,
      out: '',
      err: 'mybox runs, but its SSH does not answer. Try again in a moment; if it stays so, stop and start it.\n',
    });
  });
});

describe('a door that cannot be opened', () => {
  it('says which variable names the port that is taken, and what to do', async () => {
    const second = createSshDoor({
      listen: { host: HOST, port: open.port },
      hostKey: generateHostKey().privateKey,
      gatewayKey: generateHostKey().privateKey,
      directory: createFakeDirectory(),
      processId: 'process-2',
      logger: createLogger({ level: 'silent', secrets: [] }),
      now: () => new Date(),
      newId: () => '1',
    });
    await expect(second.open(open.intake)).rejects.toMatchObject({
      code: 'port_taken',
      message: `SSH_LISTEN ${HOST}:${open.port} is in use by another program.`,
    });
  });
});
