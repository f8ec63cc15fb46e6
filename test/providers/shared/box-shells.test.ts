// Lines run in a box over SSH, against Debian's own sshd: output, status, signals, one connection, and what happens when it goes.
import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { generateHostKey } from '../../../src/bots/ssh/host-keys.ts';
import { ProviderError } from '../../../src/providers/provider.ts';
import { type BoxAddress, type BoxShells, createBoxShells } from '../../../src/providers/shared/box-shells.ts';
import { BOX_USER, type BoxSshd, startBoxSshd } from '../../bots/ssh/box-sshd.ts';

const key = generateHostKey();
let sshd: BoxSshd;
let box: BoxAddress;
beforeAll(async () => {
  sshd = await startBoxSshd([key.publicKey]);
  box = { endpoint: { host: sshd.host, port: sshd.port }, hostPublicKey: sshd.hostPublicKey };
});
afterAll(() => sshd.stop());

function open(idleMs?: number): BoxShells {
  const shells = createBoxShells({
    user: BOX_USER,
    privateKey: key.privateKey,
    ...(idleMs === undefined ? {} : { idleMs }),
  });
  onTestFinished(() => shells.close());
  return shells;
}

async function run(
  shells: BoxShells,
  line: string,
  more: { input?: string; signal?: AbortSignal; at?: BoxAddress } = {},
) {
  const said = { out: '', err: '' };
  const ended = await shells.run(more.at ?? box, line, {
    output: (data, from) => {
      said[from] += data.toString();
    },
    input: more.input,
    signal: more.signal ?? AbortSignal.timeout(20_000),
  });
  return { ...said, ended };
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ended',
    (error: unknown) => (error instanceof ProviderError ? error.code : error),
  );

function cancelling(): { signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test('what a line prints and how it ended is told, a signal too', async () => {
  const shells = open();
  expect(await run(shells, 'echo one; echo two >&2; exit 3')).toEqual({
    out: 'one\n',
    err: 'two\n',
    ended: { status: 3 },
  });
  expect(await run(shells, 'cat', { input: 'given ✓' })).toEqual({ out: 'given ✓', err: '', ended: { status: 0 } });
  expect((await run(shells, 'kill -KILL $$')).ended).toEqual({ signal: 'KILL' });
});

test('a line waits for what it reads, which may only be known while it runs', async () => {
  const { promise: later, resolve } = Promise.withResolvers<string>();
  const heard: string[] = [];
  const ended = await open().run(box, 'echo ready; cat', {
    output: (data) => {
      heard.push(data.toString());
      if (heard.length === 1) resolve('now');
    },
    input: later,
    signal: AbortSignal.timeout(20_000),
  });
  expect({ heard, ended }).toEqual({ heard: ['ready\n', 'now'], ended: { status: 0 } });
});

test('all lines of a box share one connection, and another is made when it has rested', async () => {
  const shells = open(1);
  const from = async () => (await run(shells, 'echo $SSH_CONNECTION')).out;
  const together = await Promise.all(Array.from({ length: 8 }, from));
  expect(new Set(together).size).toBe(1);
  const kept = open(60_000);
  const first = (await run(kept, 'echo $SSH_CONNECTION')).out;
  expect((await run(kept, 'echo $SSH_CONNECTION')).out).toBe(first);
});

test('whoever gives up is told at once, and the next line is run', async () => {
  const shells = open();
  const gone = new AbortController();
  const running = shells.run(box, 'echo up; exec sleep 30', {
    output: () => gone.abort(new Error('enough')),
    signal: gone.signal,
  });
  expect(await codeOf(running)).toBe('timeout');
  expect((await run(shells, 'echo again')).out).toBe('again\n');
});

test('another host key is never logged in to, and a box that does not answer was asked nothing', async () => {
  const other = { ...box, hostPublicKey: generateHostKey().publicKey };
  expect(await codeOf(run(open(), 'true', { at: other }))).toBe('host_key_mismatch');
  const nobody = { ...box, endpoint: { host: '127.0.0.1', port: 9 } };
  const shells = open();
  expect(await codeOf(run(shells, 'true', { at: nobody }))).toBe('unavailable');
  expect(await codeOf(run(shells, 'true', { at: nobody }))).toBe('unavailable');
});

test('a connection that goes in the middle leaves it open what became of the line, and the next line is run', async () => {
  const shells = open();
  expect(await codeOf(run(shells, 'kill -KILL $PPID; sleep 5'))).toBe('timeout');
  expect((await run(shells, 'echo again')).out).toBe('again\n');
});

test('a connection that is lost as a line begins is told at once, and rejects nothing that nobody hears', async () => {
  const { signal, abort } = cancelling();
  // As ssh2 does between the end of a connection and the news of it.
  const exec = vi.spyOn(ssh2.Client.prototype, 'exec').mockImplementationOnce(() => {
    throw new Error('Not connected');
  });
  onTestFinished(() => exec.mockRestore());
  expect(await codeOf(run(open(), 'true', { signal }))).toBe('unavailable');
  abort();
});

test('ten megabytes come through whole', async () => {
  const { out, ended } = await run(open(), 'head -c 10000000 /dev/zero | tr "\\0" x');
  expect({ length: out.length, ended }).toEqual({ length: 10_000_000, ended: { status: 0 } });
});
