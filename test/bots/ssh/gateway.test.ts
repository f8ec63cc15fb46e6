// The gateway into a box, between OpenSSH's own client and server.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { HOST, type OpenDoor, openDoor } from './open-door.ts';

const MEBIBYTE = 1_048_576;
let open: OpenDoor;
let folder: string;
let box: string;
beforeAll(async () => {
  open = await openDoor();
  await open.addBox('mybox');
  box = `mybox@${HOST}`;
  folder = mkdtempSync(join(tmpdir(), 'shellbox-copied-'));
});
afterAll(async () => {
  await open.close();
  rmSync(folder, { recursive: true, force: true });
});

function options(): string[] {
  return open.person.options(open.port);
}

describe('a session in a box', () => {
  it('is told of what concerns the box where there is a terminal, and asked for nothing where nobody sits', async () => {
    const told = async () => ({ outcome: 'done', blocks: [{ kind: 'text', text: 'mybox stops soon.' }] }) as const;
    const nobody = vi.fn(told);
    await open.door.interject?.('other', nobody);
    expect(nobody).not.toHaveBeenCalled();
    const running = open.startSsh(['-tt', box, 'echo begun; cat']);
    await running.says('begun');
    await open.door.interject?.('mybox', told);
    await running.says('mybox stops soon.\r\n');
    running.child.stdin.end('\u0004');
    await running.ended;
    const after = vi.fn(told);
    await eventually('nobody is there', async () => {
      after.mockClear();
      await open.door.interject?.('mybox', after);
      return after.mock.calls.length === 0 || undefined;
    });
  });

  it('ends when the box stops, and says how to start it', async () => {
    await open.addBox('stopping');
    // As the engine does it: what serves the session is gone at once.
    const running = open.startSsh(['-tt', `stopping@${HOST}`, 'echo begun; read line; kill -9 $PPID']);
    await running.says('begun');
    const known = open.directory.boxes.get('stopping');
    if (known !== undefined) open.directory.boxes.set('stopping', { ...known, state: 'stopped' });
    running.child.stdin.write('\n');
    await running.says('stopping has stopped; its home is kept.');
    expect((await running.ended).status).toBe(255);
  });

  it('runs a command with its input, both outputs kept apart, and its exit status', async () => {
    const ran = await open.ssh([box, 'cat; echo wrong >&2; exit 7'], 'typed\n');
    expect(ran).toEqual({ status: 7, out: 'typed\n', err: 'wrong\n' });
    expect((await open.ssh([box, 'true'])).status).toBe(0);
  });

  it('hands text of any kind to the box as it is', async () => {
    const ran = await open.ssh([box, `printf '%s' 'a"b $HOME \\ ü 漢'`]);
    expect(ran.out).toBe('a"b $HOME \\ ü 漢');
  });

  it('reports a program that was killed as OpenSSH does itself', async () => {
    const ran = await open.ssh(['-v', '-o', 'LogLevel=DEBUG1', box, 'kill -TERM $$']);
    expect(ran.status).toBe(255);
    expect(ran.err).toContain('rtype exit-signal');
  });

  it('loses no byte of megabytes on both outputs at once, when the reader is slow', async () => {
    const running = open.startSsh([
      box,
      `head -c ${6 * MEBIBYTE} /dev/zero & head -c ${6 * MEBIBYTE} /dev/zero | tr '\\0' x >&2; wait`,
    ]);
    running.child.stdin.end();
    const counts = { out: 0, err: 0, wrong: 0 };
    running.child.stdout.on('data', (data: Buffer) => {
      counts.out += data.length;
      if (data.some((byte) => byte !== 0)) counts.wrong += 1;
      running.child.stdout.pause();
      setImmediate(() => running.child.stdout.resume());
    });
    running.child.stderr.on('data', (data: Buffer) => {
      counts.err += data.length;
      if (data.some((byte) => byte !== 0x78)) counts.wrong += 1;
    });
    expect((await running.ended).status).toBe(0);
    expect(counts).toEqual({ out: 6 * MEBIBYTE, err: 6 * MEBIBYTE, wrong: 0 });
  });

  it('ends the program when the client hangs up', async () => {
    const mark = join(folder, 'alive');
    const running = open.startSsh([
      '-tt',
      box,
      `trap 'rm ${mark}; exit' HUP; touch ${mark}; echo here; while :; do sleep 0.05; done`,
    ]);
    await running.says('here');
    running.child.kill('SIGKILL');
    await expect.poll(() => existsSync(mark), { timeout: 15_000 }).toBe(false);
  });

  it('says in the box where the person came from, and takes no environment from the client', async () => {
    const ran = await open.person.run('env', [
      'LC_EVIL=1',
      'ssh',
      ...options(),
      '-o',
      'SendEnv=LC_*',
      '-o',
      'SetEnv=FOO=bar',
      box,
      'echo $SHELLBOX_FROM/$LC_EVIL/$FOO',
    ]);
    expect(ran.out).toBe('127.0.0.1//\n');
  });

  it('serves several sessions at once over one connection, which is noted as one opening', async () => {
    const before = open.directory.openings.length;
    const socket = join(folder, 'control');
    const master = open.startSsh(['-M', '-N', '-S', socket, box]);
    await expect
      .poll(async () => (await open.ssh(['-S', socket, '-O', 'check', box])).status, { timeout: 15_000 })
      .toBe(0);
    const both = await Promise.all(
      ['one', 'two'].map((word) => open.ssh(['-S', socket, box, `sleep 0.2; echo ${word}`])),
    );
    expect(both.map((ran) => ran.out)).toEqual(['one\n', 'two\n']);
    await open.ssh(['-S', socket, '-O', 'exit', box]);
    await master.ended;
    expect(open.directory.openings.slice(before)).toEqual([{ boxId: 'mybox', fingerprint: open.person.fingerprint }]);
  });
});

describe('files', () => {
  const content = randomBytes(5 * MEBIBYTE + 7);
  const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

  it.each(['-s', '-O'])('go there and back with scp %s, byte for byte', async (protocol) => {
    const [here, there, back] = ['here', 'there', 'back'].map((name) => join(folder, `${name}${protocol}`)) as [
      string,
      string,
      string,
    ];
    writeFileSync(here, content);
    expect(await open.person.run('scp', [protocol, '-q', ...options(), here, `${box}:${there}`])).toMatchObject({
      status: 0,
    });
    expect(await open.person.run('scp', [protocol, '-q', ...options(), `${box}:${there}`, back])).toMatchObject({
      status: 0,
    });
    expect(hash(readFileSync(back))).toBe(hash(content));
  });

  it('are listed, put and got with sftp', async () => {
    const [here, there, back] = ['sftp-here', 'sftp-there', 'sftp-back'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(here, content);
    const ran = await open.person.run(
      'sftp',
      [...options(), '-b', '-', box],
      `put ${here} ${there}\nls ${there}\nget ${there} ${back}\n`,
    );
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(ran.out).toContain('sftp-there');
    expect(hash(readFileSync(back))).toBe(hash(content));
  });

  it('are brought over by rsync', async () => {
    const here = join(folder, 'rsync-here');
    writeFileSync(here, content);
    const config = open.person.configFile(['Host mybox', `HostName ${HOST}`, `Port ${open.port}`, 'User mybox']);
    const ran = await open.person.run('rsync', [
      '-a',
      '-e',
      `ssh -F ${config}`,
      here,
      `mybox:${join(folder, 'rsync-there')}`,
    ]);
    expect(ran).toMatchObject({ status: 0, err: '' });
    expect(hash(readFileSync(join(folder, 'rsync-there')))).toBe(hash(content));
  });
});
