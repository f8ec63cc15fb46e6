// The programs of a machine, run as they are: keys put and forgotten, logs shown, tools installed, and what it says of itself.

import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readFacts } from '../../../../src/providers/shared/machine/box-facts.ts';
import { eventually } from '../../../support/eventually.ts';
import { canHoldMachines, putProgramsIn, startMachine, type ThrowawayMachine } from './throwaway-machine.ts';

const PROGRAMS = '/usr/local/lib/shellbox';

describe.skipIf(!(await canHoldMachines()))('the programs of a machine (need root and overlayfs)', () => {
  let machine: ThrowawayMachine;
  const run = (line: string, input?: string) => machine.run(['sh', '-c', line], input);
  beforeAll(async () => {
    // What counts its traffic is put into its kernel.
    machine = await startMachine('own');
    await putProgramsIn(machine);
  });
  afterAll(() => machine.stop());

  describe('put', () => {
    const KEYS = '/etc/shellbox/authorized_keys';

    test('replaces a file by what it was given, readable by all and written by root', async () => {
      expect(await run(`${PROGRAMS}/put authorized_keys 6`, 'key ✓')).toMatchObject({ status: 65 });
      expect(await run(`${PROGRAMS}/put authorized_keys 7`, 'key ✓')).toEqual({ status: 0, out: '', err: '' });
      expect(await machine.read(KEYS)).toBe('key ✓');
      expect((await run(`stat -c '%a %u' ${KEYS}`)).out).toBe('644 0\n');
      expect(await run(`${PROGRAMS}/put greeting 0`)).toMatchObject({ status: 0 });
      expect(await machine.read('/etc/shellbox/greeting')).toBe('');
    });

    test('changes nothing when the text is cut short, and leaves nothing lying about', async () => {
      await run(`${PROGRAMS}/put authorized_keys 4`, 'old\n');
      expect(await run(`${PROGRAMS}/put authorized_keys 100`, 'new\n')).toMatchObject({ status: 65, out: '' });
      expect(await machine.read(KEYS)).toBe('old\n');
      expect((await run('ls /etc/shellbox')).out.split('\n')).not.toContainEqual(expect.stringMatching(/keys\./));
    });

    test('knows two files and takes nothing else', async () => {
      for (const line of [
        '',
        'control_keys 1',
        '../passwd 1',
        'greeting',
        'greeting -1',
        'greeting 1000000',
        "greeting ''",
      ])
        expect((await run(`${PROGRAMS}/put ${line}`, 'x')).status).toBe(64);
    });

    test('forget-keys leaves no key but those of the workers', async () => {
      await run(`${PROGRAMS}/put authorized_keys 4`, 'old\n');
      await machine.write('/etc/shellbox/control_keys', 'control\n');
      expect((await run(`${PROGRAMS}/forget-keys`)).status).toBe(0);
      expect(await machine.read(KEYS)).toBe('');
      expect(await machine.read('/etc/shellbox/control_keys')).toBe('control\n');
    });
  });

  describe('tail-log', () => {
    test('prints the last lines, also of a file without a last line end', async () => {
      await machine.write('/var/log/some/app.log', 'one\ntwo\rthree\nfour');
      expect((await run(`${PROGRAMS}/tail-log /var/log/some/app.log 2`)).out).toBe('two\rthree\nfour\n');
      expect((await run(`${PROGRAMS}/tail-log /var/log/some/app.log 99`)).out).toBe('one\ntwo\rthree\nfour\n');
    });

    test('never more than is bearable', async () => {
      await run('yes "a line of a log" | head -c 3000000 >/var/log/long.log');
      const { out } = await run(`${PROGRAMS}/tail-log /var/log/long.log 999999`);
      expect(out.split('\n').length).toBe(1001);
      await run('head -c 3000000 /dev/zero | tr "\\0" x >/var/log/wide.log');
      expect((await run(`${PROGRAMS}/tail-log /var/log/wide.log 10`)).out.length).toBe(128 * 1024 + 1);
    });

    test('refuses what is really somewhere else, or is no plain file', async () => {
      await run(
        'ln -s /etc/shadow /var/log/mine.log; ln -s /etc /var/log/etc; mkfifo /var/log/pipe; mknod /var/log/zero c 1 5',
      );
      for (const path of [
        '/etc/shadow',
        '/var/log/../../etc/shadow',
        '/var/log/mine.log',
        '/var/log/etc/shadow',
        '/var/log/pipe',
        '/var/log/zero',
        '/var/log',
      ])
        expect(await run(`${PROGRAMS}/tail-log ${path} 5`)).toMatchObject({ status: 77, out: '' });
      expect(await run(`${PROGRAMS}/tail-log /var/log/nothing 5`)).toMatchObject({ status: 66, out: '' });
      expect((await run(`${PROGRAMS}/tail-log /var/log/long.log five`)).status).toBe(64);
    });
  });

  describe('facts', () => {
    const facts = async () => readFacts((await run(`${PROGRAMS}/facts`)).out);
    const start = (line: string) => {
      const [file = '', ...argv] = [...machine.enter, 'sh', '-c', line];
      const child = spawn(file, argv, { stdio: 'ignore' });
      onTestFinished(async () => {
        await run('kill -KILL $(cat /tmp/pid); rm /tmp/pid');
        child.kill();
      });
    };

    test('says when it booted, the same each time, and figures that make sense', async () => {
      const [one, other] = [await facts(), await facts()];
      const uptimeMs = Number((await run('cut -d" " -f1 /proc/uptime')).out) * 1000;
      expect(Math.abs(Date.now() - uptimeMs - one.bootTimeMs)).toBeLessThan(30_000);
      expect(other.bootTimeMs).toBe(one.bootTimeMs);
      expect(other.cpuMs).toBeGreaterThan(one.cpuMs);
      expect(one.memory.totalBytes).toBeGreaterThan(one.memory.availableBytes);
      expect(one.root.totalBytes).toBeGreaterThan(one.root.usedBytes);
      expect(one.home).toBeNull();
      expect(one.processes.find(({ pid }) => pid === 1)).toMatchObject({ command: 'sh', isSystem: true });
    });

    test('tells work of the person from its own', async () => {
      start('echo $$ >/tmp/pid; exec setpriv --reuid 1000 --clear-groups sh -c "while :; do :; done"');
      const busy = await eventually('the process of the person', async () =>
        (await facts()).processes.find(({ isSystem, cpuMs }) => !isSystem && cpuMs > 50),
      );
      expect(busy).toMatchObject({ command: 'sh', isSystem: false, isHold: false });
      const again = (await facts()).processes.find(({ pid }) => pid === busy.pid);
      expect(again?.startTicks).toBe(busy.startTicks);
      expect(again?.cpuMs).toBeGreaterThanOrEqual(busy.cpuMs);
      // The program itself is not what people do in the box.
      expect(
        (await facts()).processes.filter(({ command }) => command === 'facts').map(({ isSystem }) => isSystem),
      ).toEqual([true]);
    });

    test('counts services of the system as its own, and log-ins, containers and services of the person as theirs', async () => {
      start('echo $$ >/tmp/pid; exec sleep 1000');
      const pid = Number(await eventually('the process', async () => (await machine.read('/tmp/pid')).trim()));
      const in_ = async (cgroup: string, uid = 0) => {
        await machine.write('/tmp/cgroup', `0::${cgroup}\n`);
        await run(`umount /proc/${pid}/cgroup 2>/dev/null; mount --bind /tmp/cgroup /proc/${pid}/cgroup`);
        if (uid !== 0)
          await run(
            `sed "s/^Uid:.*/Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}/" /proc/${pid}/status >/tmp/status; mount --bind /tmp/status /proc/${pid}/status`,
          );
        return (await facts()).processes.find((one) => one.pid === pid)?.isSystem;
      };
      expect(await in_('/system.slice/docker.service')).toBe(true);
      expect(await in_('/system.slice/system-getty.slice/getty@tty1.service')).toBe(true);
      expect(await in_('/init.scope')).toBe(true);
      expect(await in_('/system.slice/ssh.service')).toBe(false);
      expect(await in_('/system.slice/docker-0123.scope')).toBe(false);
      expect(await in_('/user.slice/user-1000.slice/session-1.scope')).toBe(false);
      expect(await in_('/system.slice/mine.service', 1000)).toBe(false);
    });

    test('knows a shellbox-hold by its command that lives', async () => {
      start('echo $$ >/tmp/pid; exec setpriv --reuid 1000 --clear-groups shellbox-hold -- sleep 1000');
      const hold = await eventually('the hold', async () => (await facts()).processes.find(({ isHold }) => isHold));
      expect(hold).toMatchObject({ command: 'shellbox-hold', isSystem: false });
      const held = (await facts()).processes.filter(({ command }) => command === 'sleep');
      expect(held.map(({ isHold }) => isHold)).toEqual([false]);
    });

    test('lists no more than 300 processes, those with most work and the holds first', async () => {
      start(
        'echo $$ >/tmp/pid; setpriv --reuid 1000 --clear-groups shellbox-hold -- sleep 1000 & for i in $(seq 400); do sleep 1000 & done; wait',
      );
      await eventually(
        'many processes',
        async () => Number((await run('ls -d /proc/[0-9]* | wc -l')).out) > 400,
        30_000,
      );
      const { out } = await run(`${PROGRAMS}/facts`);
      expect(out.length).toBeLessThan(100_000);
      const { processes } = readFacts(out);
      expect(processes.length).toBe(300);
      expect(processes[0]?.isHold).toBe(true);
      const works = processes.slice(1).map(({ cpuMs }) => cpuMs);
      expect(works).toEqual(works.toSorted((one, other) => other - one));
    });

    test('says how far the set-up is', async () => {
      expect((await facts()).setup).toBe('unknown');
      await machine.write('/var/lib/shellbox/setup', 'ready\n');
      expect((await facts()).setup).toBe('ready');
      await machine.write('/var/lib/shellbox/setup', 'whatever\n');
      expect((await facts()).setup).toBe('unknown');
    });
  });
});
