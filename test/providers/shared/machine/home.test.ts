// The home of a machine on a real block device: made once, mounted ever after, never made over; and kept still for a moment.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { canMakeDisks, type Disk, makeDisk } from './disk.ts';
import { canHoldMachines, putProgramsIn, ran, startMachine, type ThrowawayMachine } from './throwaway-machine.ts';

const PROGRAMS = '/usr/local/lib/shellbox';
const DISK_MIB = 64;

describe.skipIf(!canMakeDisks || !(await canHoldMachines()))(
  'the home of a machine (needs root, overlayfs and loop devices)',
  () => {
    let machine: ThrowawayMachine;
    let disk: Disk;
    const started: ChildProcessWithoutNullStreams[] = [];
    const run = (line: string) => machine.run(['sh', '-c', line]);
    const out = async (line: string) => (await run(line)).out.trim();
    const mountHome = (device = disk.device) => run(`${PROGRAMS}/mount-home ${device} 0`);
    const isOpen = async () => (await out('cat /run/shellbox/authorized_keys')) === 'a key';
    const notice = () => out('cat /run/shellbox/notice');
    const sumOfDisk = async () => (await ran(['sha256sum', disk.device])).out;

    beforeEach(async () => {
      machine = await startMachine();
      await putProgramsIn(machine);
      await machine.write('/etc/shellbox/authorized_keys', 'a key\n');
      await machine.write('/etc/skel/.profile', 'of the image\n');
      disk = await makeDisk(DISK_MIB);
    });
    afterEach(async () => {
      // Whoever waits for a frozen home cannot be ended.
      await run('pkill -CONT -x freeze; pkill -KILL -x freeze; fsfreeze --unfreeze /home/dev');
      for (const child of started.splice(0)) child.kill('SIGKILL');
      await machine.stop();
      await disk.detach();
    });

    describe('mount-home', () => {
      test('makes a file system on an empty disk, fills it as a Docker box’s, and opens the box', async () => {
        expect(await isOpen()).toBe(false);
        expect(await mountHome()).toMatchObject({ status: 0 });
        expect(await out('findmnt -rno FSTYPE --mountpoint /home/dev')).toBe('ext4');
        const options = (await out('findmnt -rno OPTIONS --mountpoint /home/dev')).split(',');
        expect(options).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noatime']));
        expect(await out('stat -c "%a %u %g" /home/dev')).toBe('755 1000 1000');
        expect(await out('cat /home/dev/.profile; stat -c "%u %g" /home/dev/.profile')).toBe('of the image\n1000 1000');
        expect(await isOpen()).toBe(true);
      });

      test('mounts the same home at the next boot, and changes nothing in it', async () => {
        await mountHome();
        await run('echo mine >/home/dev/.profile; rm -f /home/dev/.bashrc; umount /home/dev; rm -r /run/shellbox');
        expect(await mountHome()).toMatchObject({ status: 0 });
        expect(await out('cat /home/dev/.profile; ls /home/dev/.bashrc')).toBe('mine');
        expect(await isOpen()).toBe(true);
        // Asked for twice, it is there.
        expect(await mountHome()).toMatchObject({ status: 0 });
        expect(await out('findmnt -rno TARGET | grep -c /home/dev')).toBe('1');
      });

      test('ends a fill that was interrupted, and keeps what is there', async () => {
        await mountHome();
        await run('echo mine >/home/dev/.bashrc; rm /home/dev/.profile; chown 0:0 /home/dev; umount /home/dev');
        await mountHome();
        expect(await out('cat /home/dev/.bashrc /home/dev/.profile; stat -c %u /home/dev')).toBe(
          'mine\nof the image\n1000',
        );
      });

      test('a home on a disk that has become larger becomes larger', async () => {
        await mountHome();
        await run('umount /home/dev');
        await disk.grow(DISK_MIB * 4);
        await mountHome();
        expect(Number(await out('stat -fc %b /home/dev')) * Number(await out('stat -fc %S /home/dev'))).toBeGreaterThan(
          DISK_MIB * 3 * 1024 ** 2,
        );
      });

      test.each([
        ['another file system', (device: string) => ['mkfs.ext2', '-q', device]],
        ['a partition table', (device: string) => ['sh', '-c', `echo 'label: gpt' | sfdisk -q ${device}`]],
        ['swap space', (device: string) => ['mkswap', device]],
        [
          'something without a signature',
          (device: string) => ['sh', '-c', `echo x | dd of=${device} bs=1 seek=9000000 conv=notrunc status=none`],
        ],
        [
          'a home whose first block is lost',
          (device: string) => [
            'sh',
            '-c',
            `mkfs.ext4 -q ${device} && dd if=/dev/zero of=${device} bs=4096 count=1 conv=notrunc status=none`,
          ],
        ],
      ])('leaves a disk with %s as it is, and the box closed', async (_what, argv) => {
        expect((await ran(argv(disk.device))).status).toBe(0);
        const before = await sumOfDisk();
        expect(await mountHome()).toMatchObject({ status: 1 });
        expect(await sumOfDisk()).toBe(before);
        expect(await run('mountpoint -q /home/dev')).toMatchObject({ status: 32 });
        expect(await isOpen()).toBe(false);
        expect(await notice()).toMatch(/holds something that is not a home/);
      });

      test('without its disk the box is closed, says so, and nobody can write where the home will be', async () => {
        expect(await mountHome('/dev/disk/by-id/none')).toMatchObject({ status: 1 });
        expect(await isOpen()).toBe(false);
        expect(await notice()).toMatch(/its disk is not attached/);
        await mountHome();
        expect(await isOpen()).toBe(true);
        expect(await notice()).toBe('');
        await run('umount /home/dev');
        expect(await run('setpriv --reuid 1000 --clear-groups touch /home/dev/lost')).toMatchObject({ status: 1 });
      });

      test('waits for its disk, by a name that comes later', async () => {
        const mounting = run(`${PROGRAMS}/mount-home /tmp/by-id 60`);
        await eventually('the wait', async () => (await out('pgrep -x mount-home')) !== '');
        await run(`ln -s ${disk.device} /tmp/by-id`);
        expect(await mounting).toMatchObject({ status: 0 });
        expect(await isOpen()).toBe(true);
      });

      test('a box with something else where its home should be is closed', async () => {
        await mountHome();
        await run('umount /home/dev; mount -t tmpfs tmpfs /home/dev');
        expect(await mountHome()).toMatchObject({ status: 1 });
        expect(await isOpen()).toBe(false);
      });
    });

    describe('freeze', () => {
      function freeze(seconds: number): {
        child: ChildProcessWithoutNullStreams;
        said: () => string;
        ended: Promise<unknown>;
      } {
        const [file = '', ...argv] = [...machine.enter, `${PROGRAMS}/freeze`, String(seconds)];
        const child = spawn(file, argv);
        let text = '';
        child.stdout.on('data', (data: Buffer) => {
          text += data.toString();
        });
        const ended = once(child, 'close');
        started.push(child);
        return { child, said: () => text, ended };
      }
      /** A write that has to wait ends once the home is thawed. */
      const writing = () => {
        let done = false;
        void run('touch /home/dev/written').then(() => {
          done = true;
        });
        return () => done;
      };

      beforeEach(async () => {
        expect(await mountHome()).toMatchObject({ status: 0 });
      });

      test('keeps the home still until it is told to go on', async () => {
        const { child, said, ended } = freeze(30);
        await eventually('the freeze', () => said() === 'frozen\n');
        const isWritten = writing();
        await eventually('the wait', async () => (await out('ps -o stat= -C touch')).startsWith('D'));
        expect(isWritten()).toBe(false);
        child.stdin.write('\n');
        await ended;
        expect(said()).toBe('frozen\nthawed\n');
        await eventually('the write', isWritten);
      });

      test('says that it was late when the time was up, or somebody else thawed it', async () => {
        const short = freeze(1);
        await short.ended;
        expect(short.said()).toBe('frozen\nlate\n');
        const long = freeze(30);
        await eventually('the freeze', () => long.said() === 'frozen\n');
        await run('fsfreeze --unfreeze /home/dev');
        long.child.stdin.write('\n');
        await long.ended;
        expect(long.said()).toBe('frozen\nlate\n');
      });

      test.each([
        ['whoever asked is gone', (child: ChildProcessWithoutNullStreams) => child.stdin.end()],
        ['it is ended', () => run('pkill -TERM -o -x freeze')],
        // Of the two processes the first is the one that froze it.
        ['it is killed', () => run('kill -KILL $(pgrep -o -x freeze)')],
        [
          'its watcher is killed, and then it is ended',
          () => run('kill -KILL $(pgrep -n -x freeze); pkill -TERM -x freeze'),
        ],
      ])('thaws the home when %s', async (_when, end) => {
        const { child, said } = freeze(50);
        await eventually('the freeze', () => said() === 'frozen\n');
        const isWritten = writing();
        await end(child);
        await eventually('the write', isWritten);
        await eventually('the end of both', async () => (await out('pgrep -x freeze')) === '');
      });

      test('thaws the home when it hangs itself', async () => {
        const { said } = freeze(1);
        await eventually('the freeze', () => said() === 'frozen\n');
        await run('kill -STOP $(pgrep -o -x freeze)');
        await eventually('the write', writing(), 20_000);
      });

      test('freezes nothing that is frozen already, is no home, or for no time', async () => {
        const first = freeze(30);
        await eventually('the freeze', () => first.said() === 'frozen\n');
        expect(await run(`${PROGRAMS}/freeze 5 </dev/null`)).toMatchObject({ status: 1, out: '' });
        // It is the first one's still.
        expect(await run('fsfreeze --freeze /home/dev')).toMatchObject({ status: 1 });
        first.child.stdin.write('\n');
        await first.ended;
        expect(first.said()).toBe('frozen\nthawed\n');
        for (const seconds of ['', '0', '61', '-1', 'x', '٣'])
          expect((await run(`${PROGRAMS}/freeze ${seconds}`)).status).toBe(64);
        await run('umount /home/dev');
        expect(await run(`${PROGRAMS}/freeze 5 </dev/null`)).toMatchObject({ status: 1, out: '' });
      });
    });
  },
);
