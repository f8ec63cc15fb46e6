// What a machine tells of how it is used, by its network and its terminals: what people do counts, and nobody else.
import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readFacts } from '../../../../src/providers/shared/machine/box-facts.ts';
import { eventually } from '../../../support/eventually.ts';
import { canHoldMachines, putProgramsIn, startMachine, type ThrowawayMachine } from './throwaway-machine.ts';

const BYTES = 200_000;
/** Headers, answers and the neighbours' own talk. */
const FEW = 20_000;
const SERVE = `
import socket, sys
server = socket.create_server(("0.0.0.0", int(sys.argv[1])))
while True:
    client, _ = server.accept()
    client.sendall(b"x" * ${BYTES})
    client.close()
`;
const FETCH = `
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as server:
    while server.recv(65536):
        pass
`;
const canHold = await canHoldMachines();
const canCount = canHold && spawnSync('/usr/sbin/nft', ['--version']).status === 0;

describe.skipIf(!canHold)('what a machine tells of its use (needs root and overlayfs)', () => {
  let machine: ThrowawayMachine;
  const run = (line: string) => machine.run(['sh', '-c', line]);
  const facts = async () => readFacts((await run('/usr/local/lib/shellbox/facts')).out);
  const start = (line: string) => {
    const [file = '', ...argv] = [...machine.enter, 'sh', '-c', line];
    const child = spawn(file, argv, { stdio: ['pipe', 'ignore', 'ignore'] });
    onTestFinished(() => void child.kill());
    return child;
  };

  beforeAll(async () => {
    machine = await startMachine('own');
    await putProgramsIn(machine);
  });
  afterAll(() => machine.stop());

  test('no traffic at all where nothing can count it', async () => {
    // Bound over it: a file of ours that is removed again would take the real one with it.
    await run('touch /usr/sbin/nft; mount --bind /bin/false /usr/sbin/nft');
    expect((await facts()).trafficBytes).toBeNull();
    expect((await facts()).trafficBytes).toBeNull();
    await run('umount /usr/sbin/nft');
  });

  test.skipIf(!canCount)(
    'traffic of people, and not that of the log-in and of services (needs nft)',
    { timeout: 120_000 },
    async () => {
      await machine.write('/tmp/serve', SERVE);
      await machine.write('/tmp/fetch', FETCH);
      start('unshare --net sh -c "echo \\$\\$ >/tmp/world; exec sleep 1000"');
      const pid = await eventually('the world', async () => (await run('cat /tmp/world')).out.trim() || undefined);
      const world = `nsenter --target ${pid} --net`;
      const wired = await run(`set -e
      ip link add vb type veth peer name va netns ${pid}
      ip addr add 10.9.0.1/24 dev vb; ip link set vb up
      ${world} ip addr add 10.9.0.2/24 dev va; ${world} ip link set va up
      mount -t tmpfs tmpfs /sys/class/net; mkdir -p /sys/class/net/vb/device`);
      expect(wired).toMatchObject({ status: 0 });
      for (const port of [22, 8080]) start(`/usr/bin/python3 /tmp/serve ${port}`);
      start(`${world} /usr/bin/python3 /tmp/serve 9000`);
      let before = 0;
      const counted = async (line: string): Promise<number> => {
        await eventually('the bytes', async () => (await run(line)).status === 0);
        const now = (await facts()).trafficBytes ?? expect.fail('not counted');
        const more = now - before;
        before = now;
        return more;
      };
      const as = (uid: number) => `setpriv --reuid ${uid} --clear-groups /usr/bin/python3 /tmp/fetch 10.9.0.2 9000`;

      expect((await facts()).trafficBytes).toBeNull();
      expect(await counted(`${world} /usr/bin/python3 /tmp/fetch 10.9.0.1 22`)).toBeLessThan(FEW);
      expect(await counted(as(999))).toBeLessThan(FEW);
      expect(await counted(as(65534))).toBeLessThan(FEW);
      for (const line of [`${world} /usr/bin/python3 /tmp/fetch 10.9.0.1 8080`, as(1000), as(0)])
        expect(await counted(line)).toBeGreaterThan(BYTES);
      // Who takes the rules away is not believed to be quiet, and they are put back.
      await run('nft flush ruleset');
      expect((await facts()).trafficBytes).toBeNull();
      before = 0;
      expect(await counted(as(1000))).toBeGreaterThan(BYTES);
    },
  );

  test('when somebody typed at a terminal of the person', async () => {
    await run('mount -t devpts -o ptmxmode=666,mode=620 devpts /dev/pts');
    expect((await facts()).typedAtMs).toBeNull();
    const typing = start('exec setpriv --reuid 1000 --clear-groups script -qc "exec cat" /dev/null');
    await eventually('the terminal', async () => (await facts()).typedAtMs);
    await eventually('its program', async () => (await run('pgrep -u 1000 -x cat')).status === 0);
    await run('touch -a -d @1000 /dev/pts/0');
    expect((await facts()).typedAtMs).toBe(1_000_000);
    typing.stdin.write('a word\n');
    await eventually('what was typed', async () => ((await facts()).typedAtMs ?? 0) > Date.now() - 60_000);
    typing.stdin.end();
  });
});
