// Makes the host's packet rules stand before a box starts, and takes them away with the installation.
import { access, readFile, writeFile } from 'node:fs/promises';
import { ProviderError } from '../provider.ts';
import { runOnHost } from './host-command.ts';
import { IP_FAMILIES, type IpFamily, ownChains, removalScript, repairScript, wantedChains } from './isolation-rules.ts';
import { withMachineLock } from './machine-lock.ts';
import { type BoxNetwork, bridgeName } from './network.ts';

const PROGRAMS = { IPv4: 'iptables', IPv6: 'ip6tables' } as const satisfies Record<IpFamily, string>;
/** Seconds to wait for another program that is writing rules. */
const LOCK_SECONDS = '5';
/** While this is off, packets between two boxes on one bridge pass no rule at all. */
const BRIDGED_PACKETS = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/**
 * Checks the rules of one installation and repairs what is missing; costs two short programs when nothing is. May be
 * called at any time; `written`: something was missing. Rejects with `isolation` when boxes would not be kept apart.
 */
export async function ensureIsolation(
  installId: string,
  findNetwork: () => Promise<BoxNetwork>,
  signal: AbortSignal,
): Promise<'stood' | 'written'> {
  // The network and the present rules are read at the same time: this stands between a person and a box.
  const [network, nameservers, ...printed] = await Promise.all([
    findNetwork(),
    hostNameservers(),
    ...IP_FAMILIES.map(async (family) => ({ family, rules: await readRules(family, signal) })),
  ]);
  await bridgeIsHere(network, signal);
  const repairOf = ({ family, rules }: { family: IpFamily; rules: string | undefined }) =>
    rules === undefined
      ? undefined
      : repairScript(
          rules,
          { installId, bridge: network.bridge },
          wantedChains(family, { installId, subnet: network.subnet }, nameservers),
        );
  if (printed.every((rules) => repairOf(rules) === undefined)) return 'stood';
  await oneAtATime(signal, async () => {
    for (const family of IP_FAMILIES) {
      const script = repairOf({ family, rules: await readRules(family, signal) });
      if (script !== undefined) await restore(family, script, signal);
    }
  });
  return 'written';
}

/** Two that repair at once would both insert, and one would delete what the other has deleted. */
async function oneAtATime(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  await withMachineLock('shellbox-rules', { signal, onWait: () => undefined }, work).catch((cause: unknown) => {
    throw cause instanceof ProviderError ? cause : fail(cause, signal);
  });
}

/** Takes every rule of the installation away. Of none is success. */
export async function removeIsolation(installId: string, signal: AbortSignal): Promise<void> {
  await oneAtATime(signal, async () => {
    for (const family of IP_FAMILIES) {
      const script = removalScript((await readRules(family, signal)) ?? '', installId);
      if (script !== undefined) await restore(family, script, signal);
    }
  });
}

/** The chains of the installation that this host has, by the program that shows them: `iptables SHELLBOX-abcd1234-IN`. */
export async function findIsolation(installId: string, signal: AbortSignal): Promise<string[]> {
  const found = await Promise.all(
    IP_FAMILIES.map(async (family) =>
      ownChains((await readRules(family, signal)) ?? '', installId).map((chain) => `${PROGRAMS[family]} ${chain}`),
    ),
  );
  return found.flat();
}

/** undefined for a family that this host does not speak. */
async function readRules(family: IpFamily, signal: AbortSignal): Promise<string | undefined> {
  if (family === 'IPv6' && !(await exists('/proc/net/if_inet6'))) return undefined;
  const argv = ['-w', LOCK_SECONDS, '-S'];
  return runOnHost({ file: PROGRAMS[family], argv, signal }).catch((cause: unknown) => fail(cause, signal));
}

async function restore(family: IpFamily, input: string, signal: AbortSignal): Promise<void> {
  const argv = ['--noflush', '-w', LOCK_SECONDS];
  const file = `${PROGRAMS[family]}-restore`;
  await runOnHost({ file, argv, input, signal }).catch((cause: unknown) => fail(cause, signal));
}

/** The rules name the bridge, so it has to be an interface of this very host. */
async function bridgeIsHere(network: BoxNetwork, signal: AbortSignal): Promise<void> {
  if (!(await exists(`/sys/class/net/${network.bridge}`))) {
    throw isolationError(`The Docker engine’s bridge ${network.bridge} is not on this machine`, {
      remedy:
        'Run the worker on the machine of the Docker engine, or allow boxes without isolation: BOX_ISOLATION=false.',
    });
  }
  const bridged = await readFile(BRIDGED_PACKETS, 'utf8').catch(() => undefined);
  if (bridged?.trim() === '1') return;
  await writeFile(BRIDGED_PACKETS, '1', { signal }).catch((cause: unknown) => fail(cause, signal));
}

/** IPv4 addresses in resolv.conf; none where it cannot be read. */
async function hostNameservers(): Promise<string[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return [...text.matchAll(/^nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].map(([, address = '']) => address);
}

function fail(cause: unknown, signal: AbortSignal): never {
  if (signal.aborted) throw new ProviderError('timeout', 'Cancelled while the host’s rules were written.', { cause });
  throw isolationError('The rules that keep boxes apart could not be written on this host', {
    remedy: 'Run as root and install iptables, or allow boxes without isolation: BOX_ISOLATION=false.',
    cause,
  });
}

function isolationError(what: string, details: { remedy: string; cause?: unknown }): ProviderError {
  return new ProviderError('isolation', `${what}, so no box is started.`, details);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** For findings. */
export const isolationSummary = (installId: string): string =>
  `boxes on ${bridgeName(installId)} reach the internet and private networks, not each other, this host or cloud metadata`;
