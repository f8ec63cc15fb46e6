// What the engine's list of processes says, whatever is in it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readProcess } from '../../../src/providers/docker/host-processes.ts';
import { holdersOf, oursOf, processorMs, readTop } from '../../../src/providers/docker/top.ts';

const Titles = ['PID', 'PPID', 'USER', 'STAT', 'TIME', 'COMMAND'];

/** Rows as `ps` gives them: pid, parent, name, and a state and a user where they matter. */
function listOf(...rows: readonly (readonly [number, number, string, string?, string?])[]) {
  const Processes = rows.map(([pid, parent, name, state = 'S', user = 'root']) => [
    `${pid}`,
    `${parent}`,
    user,
    state,
    '00:00:01',
    name,
  ]);
  return readTop({ Titles, Processes });
}

test('columns are found by their titles, in any order', () => {
  const answer = {
    Titles: ['COMMAND', 'TIME', 'PPID', 'STAT', 'PID', 'USER'],
    Processes: [['a b', '1-02:03:04', '1', 'R', '7', '1000']],
  };
  const cpuMs = (((24 + 2) * 60 + 3) * 60 + 4) * 1000;
  expect(readTop(answer)).toEqual([
    { hostPid: 7, parentHostPid: 1, isRoot: false, isZombie: false, cpuMs, command: 'a b' },
  ]);
});

test('processor time is read as procps and busybox write it', () => {
  expect(['00:00:01', '0:01', '100:00:00', '2-00:00:00', '1:02.50'].map(processorMs)).toEqual([
    1_000, 1_000, 360_000_000, 172_800_000, 62_000,
  ]);
  expect(['', '-', '1', '1:2:3:4', '-1:00', '1:0x'].map(processorMs)).toEqual(Array(6).fill(undefined));
});

test('nothing that an answer may hold throws or becomes a number that is none', () => {
  const cell = fc.oneof(
    fc.string(),
    fc.constantFrom('1', '12', '00:00:01', 'Z', 'sshd', 'shellbox-hold'),
    fc.anything(),
  );
  const titles = fc.oneof(fc.constant(Titles), fc.shuffledSubarray(Titles), fc.array(fc.string()), fc.anything());
  const answers = fc.oneof(fc.anything(), fc.record({ Titles: titles, Processes: fc.array(fc.array(cell)) }));
  fc.assert(
    fc.property(answers, (answer) => {
      for (const process of readTop(answer)) {
        expect([process.hostPid, process.parentHostPid, process.cpuMs].every(Number.isSafeInteger)).toBe(true);
      }
    }),
  );
});

test('a process belongs to the system only through system programs', () => {
  const list = listOf(
    [10, 2, 'docker-init'],
    [11, 10, 'sshd'],
    [12, 11, 'sshd'],
    [13, 12, 'bash'],
    [14, 13, 'sshd'],
    [15, 10, 'daemon'],
    [16, 2, 'sh'],
  );
  expect([...oursOf(list, 10)]).toEqual([10, 11, 12]);
});

test('a program of a person is theirs, whatever it is called', () => {
  const list = listOf(
    [10, 2, 'docker-init'],
    [11, 10, 'sshd'],
    [12, 11, 'sshd'],
    [13, 12, 'sshd', 'S', '1000'],
    // Started by a log-in, or left to init by one that ended.
    [14, 13, 'sshd', 'R', '1000'],
    [15, 10, 'sshd', 'R', '1000'],
    [16, 10, 'entrypoint', 'R', '1000'],
    [17, 16, 'make', 'R', '1000'],
    [18, 10, 'tini', 'R', '1000'],
  );
  expect([...oursOf(list, 10)].sort()).toEqual([10, 11, 12, 13]);
});

test('what a box calls to get ready is ours', () => {
  const list = listOf([10, 2, 'docker-init'], [11, 10, 'entrypoint'], [12, 11, 'entrypoint'], [13, 12, 'cp']);
  expect([...oursOf(list, 10)]).toEqual([10, 11, 12, 13]);
});

test('only a shellbox-hold that lives and has a living command holds', () => {
  const list = listOf(
    [20, 1, 'shellbox-hold'],
    [21, 20, 'make'],
    [30, 1, 'shellbox-hold', 'Z'],
    [31, 30, 'make'],
    [40, 1, 'shellbox-hold'],
    [50, 1, 'shellbox-hold'],
    [51, 50, 'make', 'Z'],
  );
  expect([...holdersOf(list)]).toEqual([20]);
});

test('a process with a name full of parentheses and spaces is read all the same', () => {
  const rest = `S 1 1 1 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 4811511 0 0`;
  const status = 'Name:\t) R 9\nNSpid:\t9818\t7\n';
  expect(readProcess(`9818 () R 9) ${rest}`, status)).toEqual({ pid: 7, startTicks: '4811511', cpuMs: 3_000 });
  expect(readProcess('', '')).toBeUndefined();
});
