// Forwarding: from inside one's box and through the door to one's boxes, and nothing else.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import type { BoxSshd } from './box-sshd.ts';
import { HOST, NOW, type OpenDoor, openDoor } from './open-door.ts';
import { forwardOut, logIn, portOf } from './strangers.ts';

const STALLED_MS = 500;

let open: OpenDoor;
let sshd: BoxSshd;
let folder: string;
let web: { server: Server; port: number; requests: string[] };
let box: string;

beforeAll(async () => {
  open = await openDoor();
  sshd = await open.addBox('mybox');
  open.person.knowHost('mybox', 22, sshd.hostPublicKey);
  box = `mybox@${HOST}`;
  folder = mkdtempSync(join(tmpdir(), 'shellbox-forward-'));
  web = await startWeb();
});
afterAll(async () => {
  web.server.close();
  await open.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers once the asker has ended its half, as a server of old protocols does. */
async function startWeb(): Promise<typeof web> {
  const requests: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let asked = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      asked += data.toString();
    });
    socket.on('end', () => {
      requests.push(asked);
      socket.end(`you said ${asked}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, requests, port: portOf(server) };
}

describe('from inside a box', () => {
  it('reaches a server there, either direction ending by itself', async () => {
    const ran = await open.ssh(['-W', `localhost:${web.port}`, box], 'hello');
    expect(ran).toEqual({ status: 0, out: 'you said hello', err: '' });
  });

  it('serves -L for several connections at once', async () => {
    const port = await freePort();
    const tunnel = open.startSsh([
      '-N',
      '-L',
      `127.0.0.1:${port}:127.0.0.1:${web.port}`,
      '-o',
      'ExitOnForwardFailure=yes',
      box,
    ]);
    await expect.poll(() => ask(port, 'ready'), { timeout: 15_000 }).toBe('you said ready');
    const words = Array.from({ length: 10 }, (_, n) => `word ${n}`);
    expect(await Promise.all(words.map((word) => ask(port, word)))).toEqual(words.map((word) => `you said ${word}`));
    tunnel.child.kill();
    await tunnel.ended;
  });

  it('takes no place any more once the client has closed it, with much of it unread', async () => {
    const few = await openDoor({ channels: 3 });
    onTestFinished(() => few.close());
    await few.addBox('mybox');
    const deaf = createServer((socket) => socket.pause().on('error', () => {}));
    await new Promise<void>((resolve) => deaf.listen(0, HOST, resolve));
    const client = await logIn(few, 'mybox');
    for (let n = 0; n < 3; n++) {
      const channel = await forwardOut(client, portOf(deaf));
      if (channel === undefined) throw new Error('refused');
      await fill(channel);
      channel.close();
    }
    await expect.poll(async () => (await forwardOut(client, web.port)) !== undefined, { timeout: 15_000 }).toBe(true);
    client.end();
    deaf.close();
  });

  it('is refused when nothing answers there', async () => {
    const ran = await open.ssh(['-W', `localhost:${await freePort()}`, box]);
    expect(ran.status).toBe(255);
  });
});

describe('through the door', () => {
  const jump = (user: string, more: readonly string[] = []): string[] => {
    const config = open.person.configFile([`Host door`, `HostName ${HOST}`, `Port ${open.port}`, `User ${user}`]);
    return ['-F', config, '-J', 'door', ...more];
  };

  it("reaches port 22 of one of one's boxes, which is noted", async () => {
    const before = open.directory.openings.length;
    const ran = await open.person.run('ssh', [...jump('shellbox'), 'root@mybox', 'echo inside; exit 3']);
    expect(ran).toEqual({ status: 3, out: 'inside\n', err: '' });
    expect(open.directory.openings).toHaveLength(before + 1);
  });

  it('lets an agent be forwarded to the box, end to end', async () => {
    const agent = await open.person.run('ssh-agent', [
      'ssh',
      '-A',
      ...jump('ana'),
      'root@mybox',
      'test -S "$SSH_AUTH_SOCK" && echo forwarded',
    ]);
    expect(agent.out).toBe('forwarded\n');
  });

  it('starts a stopped box on the way', async () => {
    const running = open.directory.boxes.get('mybox');
    if (running === undefined) throw new Error('no box');
    open.directory.boxes.set('mybox', { ...running, state: 'stopped', stateSince: NOW });
    const ran = await open.person.run('ssh', [...jump('shellbox'), 'root@mybox', 'true']);
    expect(ran.status).toBe(0);
    expect(open.directory.boxes.get('mybox')?.state).toBe('running');
  });

  it.each([
    ['another port of a box', () => `mybox:${sshd.port}`],
    ['a box of somebody else', () => 'theirs:22'],
    ['the machine of the door', () => `127.0.0.1:${web.port}`],
    ['the address where a box answers', () => `127.0.0.1:${sshd.port}`],
    ['the metadata service', () => '169.254.169.254:80'],
  ])('does not reach %s', async (_, target) => {
    open.directory.boxes.set('theirs', { ...sshdBox(), id: 'theirs', name: 'theirs' });
    const before = web.requests.length;
    const ran = await open.ssh(['-W', target(), `shellbox@${HOST}`], 'hello');
    expect(ran).toMatchObject({ status: 255, out: '' });
    expect(web.requests).toHaveLength(before);
  });
});

describe('what is refused', () => {
  it.each(['mybox', 'shellbox'])('remote forwarding, for %s', async (user) => {
    const ran = await open.ssh(['-N', '-R', '0:127.0.0.1:22', '-o', 'ExitOnForwardFailure=yes', `${user}@${HOST}`]);
    expect(ran.status).toBe(255);
    expect(ran.err).toContain('remote port forwarding failed');
  });

  it('an agent and X11, while the command runs all the same', async () => {
    const ran = await open.person.run('ssh-agent', [
      'ssh',
      ...open.person.options(open.port),
      '-A',
      '-X',
      box,
      'echo "[$SSH_AUTH_SOCK][$DISPLAY]"',
    ]);
    expect(ran.out).toBe('[][]\n');
  });

  it('sockets of the box or the door', async () => {
    const ran = await open.ssh([
      '-N',
      '-R',
      `${folder}/remote.sock:127.0.0.1:22`,
      '-o',
      'ExitOnForwardFailure=yes',
      box,
    ]);
    expect(ran.status).toBe(255);
    const port = await freePort();
    const tunnel = open.startSsh([
      '-v',
      '-o',
      'LogLevel=VERBOSE',
      '-N',
      '-L',
      `127.0.0.1:${port}:/run/docker.sock`,
      box,
    ]);
    const refused = async (): Promise<string> => {
      expect(await ask(port, 'hello')).not.toContain('you said');
      return tunnel.err();
    };
    await expect.poll(refused, { timeout: 10_000 }).toContain('administratively prohibited');
    tunnel.child.kill();
    await tunnel.ended;
  });
});

function sshdBox() {
  return {
    accountId: 'bob',
    state: 'running',
    stateSince: NOW,
    sleptAt: undefined,
    wakes: true,
    endpoint: { host: HOST, port: sshd.port },
    hostPublicKey: sshd.hostPublicKey,
  } as const;
}

/** Writes until nobody on the way takes any more. */
async function fill(channel: ClientChannel): Promise<void> {
  for (let taken = true; taken; ) {
    const written = new Promise<true>((resolve) => channel.write(Buffer.alloc(1_000_000), () => resolve(true)));
    taken = await Promise.race([written, delay(STALLED_MS, false)]);
  }
}

function ask(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', () => resolve('refused'));
    socket.end(text);
  });
}
