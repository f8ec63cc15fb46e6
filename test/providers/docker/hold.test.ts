// `shellbox-hold` in a real box: what it runs behaves as without it, and the box is seen as held meanwhile.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BoxSpec } from '../../../src/providers/provider.ts';
import { containerOf, type DockerHost, inBox, makeDockerHost, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

const WAIT = { timeout: 20_000, interval: 100 };

describe.skipIf(!(await engineAnswers()))('shellbox-hold (needs an engine and root)', { timeout: 60_000 }, () => {
  let host: DockerHost;
  let box: BoxSpec;
  beforeAll(async () => {
    host = await makeDockerHost();
    await host.provider.prepare(within(600_000));
    box = host.spec();
    await host.provider.ensureHome(box, within(20_000));
    await host.provider.reach(box, await host.provider.create(box, within(60_000)), within(30_000));
  }, 700_000);
  afterAll(() => host.remove());

  const sh = (script: string) => inBox(box, ['sh', '-c', script]);
  const start = async (script: string): Promise<void> => {
    const exec = await containerOf(box).exec({ Cmd: ['sh', '-c', script], User: 'dev' });
    await exec.start({ Detach: true });
  };
  const holders = async (): Promise<number> => {
    const observation = (await host.provider.observe([box], within(20_000))).get(box.boxId);
    return observation?.processes.filter(({ holds }) => holds).length ?? Number.NaN;
  };

  test.each([
    ['true', 0],
    ["sh -c 'exit 7'", 7],
    ["sh -c 'kill -TERM $$'", 143],
    ['no-such-program', 127],
  ])('%s under it ends as without it', async (command, status) => {
    expect((await sh(`shellbox-hold -- ${command}`)).status).toBe(status);
  });

  test('a command gets its arguments and its input as they are', async () => {
    const { text } = await sh(`echo typed | shellbox-hold -- sh -c 'cat; echo "$@"' sh 'a  b' '$HOME' ''`);
    expect(text).toBe('typed\na  b $HOME \n');
  });

  test.each(['', 'make', '--', '-h make'])('"%s" is wrong usage: one line, and exit status 2', async (argv) => {
    expect(await sh(`shellbox-hold ${argv} >/dev/null`)).toEqual({
      status: 2,
      text: 'usage: shellbox-hold -- <command> [argument ...]\n',
    });
  });

  test('--help says what it is for', async () => {
    const { status, text } = await sh('shellbox-hold --help');
    expect(status).toBe(0);
    expect(text).toContain('not stopped');
  });

  test.each(['TERM', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2'])(
    'SIG%s reaches the command, which decides',
    async (signal) => {
      const script = `trap "echo ${signal} >> ~/${signal}; exit 9" ${signal}; touch ~/ready-${signal}; while :; do sleep 0.05; done`;
      await start(`setsid shellbox-hold -- sh -c '${script}' </dev/null; echo $? >> ~/${signal}`);
      await expect.poll(async () => (await sh(`ls ~/ready-${signal}`)).status, WAIT).toBe(0);
      expect(await holders()).toBe(1);
      await sh(`pkill -${signal} -x -o shellbox-hold`);
      await expect.poll(async () => (await sh(`cat ~/${signal}`)).text, WAIT).toBe(`${signal}\n9\n`);
      expect(await holders()).toBe(0);
    },
  );

  test('Ctrl-C on a terminal reaches the command once', async () => {
    const script = 'trap "echo once" INT; echo ready; sleep 5; sleep 1; echo end';
    const Cmd = ['shellbox-hold', '--', 'sh', '-c', script];
    const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true };
    const exec = await containerOf(box).exec({ Cmd, User: 'dev', ...streams });
    const stream = await exec.start({ hijack: true, stdin: true, Tty: true });
    let text = '';
    for await (const chunk of stream) {
      if (!text.includes('ready') && `${text}${chunk}`.includes('ready')) stream.write('\u0003');
      text += chunk.toString();
    }
    expect(text.match(/once/g)).toHaveLength(1);
    expect(text).toContain('end');
    expect((await exec.inspect()).ExitCode).toBe(0);
  });

  test('a program of that name without a command does not hold', async () => {
    await start('cp /bin/sleep ~/shellbox-hold; exec ~/shellbox-hold 600');
    await expect.poll(async () => (await sh('pgrep -x shellbox-hold')).status, WAIT).toBe(0);
    expect(await holders()).toBe(0);
    await sh('pkill -x shellbox-hold');
  });

  test('a process whose name would break its line is seen in one piece, and so are the others', async () => {
    await start(
      `exec perl -e '$0 = "a\\nb  9 9"; open F, ">/proc/self/comm"; syswrite F, "a\\n1 1 Z 9"; close F; sleep 600'`,
    );
    await start('exec sleep 599');
    const names = async () => {
      const observation = (await host.provider.observe([box], within(20_000))).get(box.boxId);
      return observation?.processes
        .filter(({ ours }) => !ours)
        .map(({ command }) => command.slice(0, 1))
        .sort();
    };
    await expect.poll(names, WAIT).toEqual(['a', 's']);
    await sh('pkill -x sleep; pkill perl');
  });
});
