// What a real box can reach, with the host's rules and without them: other boxes, this host, cloud metadata, the rest.
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeIsolation } from '../../../src/providers/docker/isolation.ts';
import { withMachineLock } from '../../../src/providers/docker/machine-lock.ts';
import { bridgeName } from '../../../src/providers/docker/network.ts';
import type { BoxSpec } from '../../../src/providers/provider.ts';
import { containerOf, type DockerHost, inBox, makeDockerHost, nextPort, within } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';
import { makeOutside, onHost } from './outside.ts';

/** Long enough for an answer on loopback, short enough to wait for none. */
const CONNECT_SECONDS = '2';
const METADATA = '169.254.169.254';

describe.skipIf(!(await engineAnswers()))(
  'what a box can reach (needs an engine and root)',
  { timeout: 90_000 },
  () => {
    let host: DockerHost;
    let box: BoxSpec;
    let neighbour: BoxSpec;
    let stranger: BoxSpec;
    const undo: (() => unknown)[] = [];

    const running = async (overrides: Partial<BoxSpec>, provider = host.provider) => {
      const made = host.spec(overrides);
      await provider.ensureHome(made, within(20_000));
      await provider.reach(made, await provider.create(made, within(60_000)), within(30_000));
      return made;
    };
    const addressOf = async (of: BoxSpec): Promise<string> => {
      const { NetworkSettings } = await containerOf(of).inspect();
      return Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? '';
    };
    const gatewayOf = async (of: BoxSpec): Promise<string> => {
      const { NetworkSettings } = await containerOf(of).inspect();
      return Object.values(NetworkSettings.Networks)[0]?.Gateway ?? '';
    };
    /** Whether a program in the box gets a connection. */
    const reaches = async (address: string, port: number, from = box): Promise<boolean> => {
      const script = `exec 3<>/dev/tcp/${address}/${port}`;
      return (await inBox(from, ['timeout', CONNECT_SECONDS, 'bash', '-c', script])).status === 0;
    };
    const listen = async (address: string): Promise<number> => {
      const server: Server = createServer((socket) => socket.end());
      const port = nextPort();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve));
      undo.push(() => server.close());
      return port;
    };
    /** Takes the rules away, looks, and lets the provider write them again. */
    const withoutRules = async <T>(look: () => Promise<T>): Promise<T> => {
      await removeIsolation(host.installId, within(20_000).signal);
      try {
        return await look();
      } finally {
        await host.provider.protect(within(20_000));
      }
    };
    const both = async (address: string, port: number) => ({
      with: await reaches(address, port),
      without: await withoutRules(() => reaches(address, port)),
      again: await reaches(address, port),
    });
    const keptOut = { with: false, without: true, again: false };

    beforeAll(async () => {
      host = await makeDockerHost();
      await host.provider.prepare(within(120_000));
      box = await running({});
      neighbour = await running({});
      const open = host.another({ bindAddress: '0.0.0.0' });
      stranger = await running({ installId: host.alsoInstall() }, open);
    });
    afterAll(async () => {
      for (const step of undo.reverse()) await step();
      await host.remove();
    });

    test('no service of this host, at any of its addresses', async () => {
      const port = await listen('0.0.0.0');
      const own = Object.values(networkInterfaces()).flat();
      const addresses = own.filter((at) => at?.family === 'IPv4' && !at.internal).map((at) => at?.address ?? '');
      expect(addresses).toContain(await gatewayOf(box));
      for (const address of addresses) expect(await reaches(address, port), address).toBe(false);
      expect(await both(await gatewayOf(box), port)).toEqual(keptOut);
    });

    test('no other box of the installation', async () => {
      const address = await addressOf(neighbour);
      expect(await reaches(address, 22)).toBe(false);
      expect(await reaches('127.0.0.1', 22)).toBe(true);
      // Docker itself keeps these apart too, so the rule is taken away on both sides.
      await onHost('iptables', '-I', 'DOCKER-USER', '1', '-i', bridgeName(host.installId), '-j', 'ACCEPT');
      undo.push(() => onHost('iptables', '-D', 'DOCKER-USER', '-i', bridgeName(host.installId), '-j', 'ACCEPT'));
      expect(await reaches(address, 22)).toBe(true);
      await host.provider.protect(within(20_000));
      expect(await reaches(address, 22)).toBe(false);
    });

    test('no box of another installation, neither directly nor by its published port', async () => {
      expect(await reaches(await addressOf(stranger), 22)).toBe(false);
      const published = stranger.sshPort ?? 0;
      for (const address of [await gatewayOf(box), await gatewayOf(stranger)]) {
        expect(await both(address, published), address).toEqual(keptOut);
      }
      expect(await reaches(await addressOf(box), 22, stranger)).toBe(false);
    });

    test('no canary at the address of cloud metadata, on this host', async () => {
      const signal = within(60_000).signal;
      await withMachineLock('shellbox-test-metadata', { signal, onWait: () => undefined }, async () => {
        await onHost('ip', 'address', 'replace', `${METADATA}/32`, 'dev', 'lo');
        try {
          expect(await both(METADATA, await listen(METADATA))).toEqual(keptOut);
        } finally {
          await onHost('ip', 'address', 'delete', `${METADATA}/32`, 'dev', 'lo');
        }
      });
    });

    test('no canary at a link-local address beyond this host, and yet the world beyond it', async () => {
      const outside = await makeOutside(host.installId.slice(-6), ['198.51.100.77', '169.254.77.1']);
      undo.push(outside.remove);
      expect(await both('169.254.77.1', outside.port)).toEqual(keptOut);
      expect(await reaches('198.51.100.77', outside.port)).toBe(true);
    });

    test('rules that somebody flushed stand again before the next box starts', async () => {
      const port = await listen('0.0.0.0');
      const gateway = await gatewayOf(box);
      const gone = 'isolation: the rules that keep boxes apart were gone while boxes ran, and have just been put back';
      const looks = async () => (await host.provider.check(within(30_000))).findings.map(({ what }) => what);
      expect(await looks()).not.toContain(gone);
      await removeIsolation(host.installId, within(20_000).signal);
      expect(await reaches(gateway, port)).toBe(true);
      expect(await looks()).toContain(gone);
      expect(await reaches(gateway, port)).toBe(false);
      await removeIsolation(host.installId, within(20_000).signal);
      const next = host.spec();
      await host.provider.ensureHome(next, within(20_000));
      await host.provider.create(next, within(60_000));
      expect(await reaches(gateway, port)).toBe(false);
      await host.provider.stop(next, within(30_000));
      await removeIsolation(host.installId, within(20_000).signal);
      await host.provider.start(next, within(60_000));
      expect(await reaches(gateway, port)).toBe(false);
    });

    test('and this host still reaches the box, directly and by its port', async () => {
      const view = await host.provider.inspect(box, within(5_000));
      if (view === undefined) throw new Error('no box');
      await host.provider.reach(box, view, within(10_000));
      expect(await onHost('ssh-keyscan', '-T', '5', '-t', 'ed25519', await addressOf(box))).toContain('ssh-ed25519');
    });
  },
);
