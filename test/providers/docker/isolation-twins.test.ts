// The twins of the metadata address, at which other clouds answer, and IPv6: reachable from a box where the rules are away, and not where they stand.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeIsolation } from '../../../src/providers/docker/isolation.ts';
import { withMachineLock } from '../../../src/providers/docker/machine-lock.ts';
import { bridgeName } from '../../../src/providers/docker/network.ts';
import type { BoxSpec } from '../../../src/providers/provider.ts';
import { containerOf, type DockerHost, inBox, makeDockerHost, nextPort, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';
import { makeOutside, onHost } from './outside.ts';

const CONNECT_SECONDS = '2';
/** Azure, Alibaba, Oracle, and containers of AWS. Canaries: addresses of a namespace on this machine. */
const TWINS = ['168.63.129.16', '100.100.100.200', '192.0.0.192', '169.254.170.2'];
const AWS_IPV6 = 'fd00:ec2::254';
/** Of a network that nobody else has (RFC 4193). */
const [HOST_IPV6, BOX_IPV6] = ['fd5b:7e57::1', 'fd5b:7e57::2'];

describe.skipIf(!(await engineAnswers()))(
  'what a box can reach elsewhere (needs an engine and root)',
  { timeout: 90_000 },
  () => {
    let host: DockerHost;
    let box: BoxSpec;
    const undo: (() => unknown)[] = [];

    beforeAll(async () => {
      host = await makeDockerHost();
      await host.provider.prepare(within(120_000));
      box = host.spec();
      await host.provider.ensureHome(box, within(20_000));
      await host.provider.create(box, within(60_000));
    });
    afterAll(async () => {
      for (const step of undo.reverse()) await step();
      await host.remove();
    });

    /** Those of the addresses that a program in the box gets a connection to, all tried at once. */
    async function reached(addresses: readonly string[], port: number): Promise<string[]> {
      const tries = addresses.map(
        (address) =>
          `(timeout ${CONNECT_SECONDS} bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo ${address}) &`,
      );
      const { text } = await inBox(box, ['bash', '-c', `${tries.join('\n')}\nwait`]);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .sort();
    }
    async function withoutRules(addresses: readonly string[], port: number): Promise<string[]> {
      await removeIsolation(host.installId, within(20_000).signal);
      try {
        return await reached(addresses, port);
      } finally {
        await host.provider.protect(within(20_000));
      }
    }
    const tried = async (addresses: readonly string[], port: number) => ({
      with: await reached(addresses, port),
      without: await withoutRules(addresses, port),
      again: await reached(addresses, port),
    });
    const keptOut = (addresses: readonly string[]) => ({ with: [], without: [...addresses].sort(), again: [] });

    test('no canary at an address at which another cloud answers with credentials', async () => {
      await withMachineLock(
        'shellbox-test-twins',
        { signal: within(60_000).signal, onWait: () => undefined },
        async () => {
          const outside = await makeOutside(host.installId.slice(-6), ['198.51.100.77', ...TWINS]);
          try {
            expect(await reached(['198.51.100.77'], outside.port)).toEqual(['198.51.100.77']);
            expect(await tried(TWINS, outside.port)).toEqual(keptOut(TWINS));
          } finally {
            await outside.remove();
          }
        },
      );
    });

    test('nothing by IPv6, of which it has none; were it given some, neither this host nor a canary of cloud metadata', async () => {
      expect((await inBox(box, ['sh', '-c', 'grep -v " lo$" /proc/net/if_inet6'])).text.trim()).toBe('');
      const { State } = await containerOf(box).inspect();
      const inside = (...words: string[]) => onHost('nsenter', '-t', String(State.Pid), '-n', ...words);
      const bridge = bridgeName(host.installId);
      // What the box itself has no right to, and no engine of ours does.
      await onHost('sysctl', '-qw', `net.ipv6.conf.${bridge}.disable_ipv6=0`);
      await onHost('ip', '-6', 'address', 'add', `${HOST_IPV6}/64`, 'dev', bridge, 'nodad');
      await inside('sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=0');
      await inside('ip', '-6', 'address', 'add', `${BOX_IPV6}/64`, 'dev', 'eth0', 'nodad');
      await inside('ip', '-6', 'route', 'add', 'default', 'via', HOST_IPV6);
      await withMachineLock(
        'shellbox-test-metadata6',
        { signal: within(60_000).signal, onWait: () => undefined },
        async () => {
          await onHost('ip', '-6', 'address', 'replace', `${AWS_IPV6}/128`, 'dev', 'lo');
          undo.push(() => onHost('ip', '-6', 'address', 'delete', `${AWS_IPV6}/128`, 'dev', 'lo'));
          const server = createServer((socket) => socket.end());
          const port = nextPort();
          await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '::', resolve));
          undo.push(() => server.close());
          const addresses = [HOST_IPV6, AWS_IPV6];
          expect(await tried(addresses, port)).toEqual(keptOut(addresses));
        },
      );
    });
  },
);
