// The SSH probe against servers on loopback: late ones, wrong ones, silent ones.
import { connect, createServer, type Server, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import { probeSsh } from '../../../src/providers/shared/ssh-probe.ts';
import type { Secret } from '../../../src/secret.ts';
import { makeHostKey } from '../../contracts/provider-spec.ts';
import { failure } from '../../contracts/provider-subject.ts';

const pinned = makeHostKey();
const other = makeHostKey();
const never = new AbortController().signal;
const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0)) step();
});

async function listening(onSocket: (socket: Socket) => void, port = 0): Promise<{ server: Server; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  undo.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}

/** A server that signs with the given key; `logins` counts who asked to log in. */
function sshServer(privateKey: Secret, counts = { logins: 0 }) {
  return new ssh2.Server({ hostKeys: [privateKey.reveal()] }, (client) => {
    client
      .on('error', () => undefined)
      .on('authentication', (login) => {
        counts.logins += 1;
        login.reject();
      });
  });
}

const probe = (port: number, publicKey = pinned.publicKey, deadlineMs = 10_000, signal = never) =>
  probeSsh({ host: '127.0.0.1', port, publicKey, signal, deadlineMs });

describe('the SSH probe', () => {
  test('ends when the pinned key has signed', async () => {
    const ssh = sshServer(pinned.privateKey);
    const { port } = await listening((socket) => ssh.injectSocket(socket));
    await probe(port);
  });

  test('refuses another key at once and for good', async () => {
    let connections = 0;
    const ssh = sshServer(other.privateKey);
    const { port } = await listening((socket) => {
      connections += 1;
      ssh.injectSocket(socket);
    });
    expect((await failure(probe(port))).code).toBe('host_key_mismatch');
    expect(connections).toBe(1);
  });

  test('is not content with a server that only shows the pinned key', async () => {
    // A man in the middle can repeat the public half; here the reply is bent after it was signed.
    const ssh = sshServer(other.privateKey);
    const inner = await listening((socket) => ssh.injectSocket(socket));
    const [from, to] = [other, pinned].map(({ publicKey }) => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'));
    if (from === undefined || to === undefined) throw new Error('no keys');
    let bent = 0;
    const outer = await listening((socket) => {
      const up = connect(inner.port, '127.0.0.1').on('error', () => undefined);
      socket.pipe(up);
      up.on('data', (chunk: Buffer) => {
        const at = chunk.indexOf(from);
        if (at >= 0) {
          bent += 1;
          to.copy(chunk, at);
        }
        socket.write(chunk);
      }).once('close', () => socket.destroy());
    });
    expect((await failure(probe(outer.port, pinned.publicKey, 500))).code).toBe('timeout');
    expect(bent).toBeGreaterThan(0);
  });

  test('waits for a server that first refuses, then hangs up, then answers', async () => {
    const free = await listening(() => undefined);
    free.server.close();
    const waiting = probe(free.port);
    let connections = 0;
    const ssh = sshServer(pinned.privateKey);
    await listening((socket) => {
      connections += 1;
      if (connections <= 3) socket.destroy();
      else ssh.injectSocket(socket);
    }, free.port);
    await waiting;
    expect(connections).toBe(4);
  });

  test('never asks to log in', async () => {
    const counts = { logins: 0 };
    const ssh = sshServer(pinned.privateKey, counts);
    const ended = Promise.withResolvers<void>();
    const { port } = await listening((socket) => {
      socket.once('close', () => ended.resolve());
      ssh.injectSocket(socket);
    });
    await probe(port);
    await ended.promise;
    expect(counts.logins).toBe(0);
  });

  test('gives up at its deadline and says how long that was', async () => {
    const { port } = await listening(() => undefined);
    const error = await failure(probe(port, pinned.publicKey, 300));
    expect(error.code).toBe('timeout');
    const silent = await failure(probe(port, pinned.publicKey, 1_000));
    expect(silent.message).toBe('SSH did not answer within 1 s.');
  });

  test('ends soon after an abort', async () => {
    const { port } = await listening(() => undefined);
    const startedMs = performance.now();
    const error = await failure(probe(port, pinned.publicKey, 10_000, AbortSignal.timeout(100)));
    expect(error.code).toBe('timeout');
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test('takes no other kind of key for pinned', async () => {
    expect((await failure(probe(1, 'ssh-rsa AAAA'))).code).toBe('invalid');
  });
});
