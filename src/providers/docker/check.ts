// What `doctor` shows of Docker: each thing that boxes lean on, whether it holds, and what to do where it does not.
import { type CallContext, ProviderError, type ProviderHealth } from '../provider.ts';
import { ask, type Docker } from './engine.ts';
import { homesDir } from './homes.ts';
import type { Host } from './host.ts';
import { isolationSummary } from './isolation.ts';
import type { DockerOptions } from './options.ts';
import { DEFAULT_LEAST_FREE } from './options.ts';
import { describe, freeSpace } from './space.ts';

type Finding = ProviderHealth['findings'][number];

interface Asked {
  docker: Docker;
  options: DockerOptions;
  host(signal: AbortSignal): Promise<Host>;
  /** Puts the rules back that keep boxes apart; rejects where they are not. */
  guard(signal: AbortSignal): Promise<'stood' | 'written'>;
  /** Whether a box of this installation runs. */
  isInUse(signal: AbortSignal): Promise<boolean>;
}

/** Never throws; `ok` says whether boxes can be made, a finding may say `ok: false` beside it about a lesser thing. */
export async function checkDocker(asked: Asked, { signal }: CallContext): Promise<ProviderHealth> {
  const { docker, options } = asked;
  const image = await attempt(`box image ${options.image}`, () =>
    ask({ doing: 'show the image of a box', signal, missing: 'image_missing' }, () =>
      docker.getImage(options.image).inspect(),
    ),
  );
  if (!image.ok) return { ok: false, findings: [image] };
  let host: Host;
  try {
    host = await asked.host(signal);
  } catch (error) {
    return { ok: false, findings: [image, findingOf('Docker engine', error)] };
  }
  const { finding: isolation, holds } = await isolationFinding(asked, signal);
  const space = await spaceFindings(options, host);
  const engine = { ok: true, what: `Docker engine ${host.engineVersion}, ${host.cpus} vCPU` };
  return {
    // What was put back holds again, and is said all the same.
    ok: (holds || !options.isolation) && space.every(({ ok }) => ok),
    findings: [engine, image, isolation, ...limitFindings(host), ...space],
  };
}

/** `holds`: boxes are kept apart now. */
async function isolationFinding(
  { guard, isInUse, options }: Asked,
  signal: AbortSignal,
): Promise<{ finding: Finding; holds: boolean }> {
  let wasGone = false;
  const finding = await attempt(`isolation: ${isolationSummary(options.installId)}`, async () => {
    wasGone = (await guard(signal)) === 'written' && (await isInUse(signal));
  });
  if (wasGone) return { finding: putBack(options), holds: true };
  if (finding.ok || options.isolation) return { finding, holds: finding.ok };
  return {
    finding: { ...finding, what: `BOX_ISOLATION=false, and boxes are not kept apart: ${finding.what}` },
    holds: false,
  };
}

function putBack({ installId }: DockerOptions): Finding {
  return {
    ok: false,
    what: 'isolation: the rules that keep boxes apart were gone while boxes ran, and have just been put back',
    remedy: `Find what takes them away, such as a firewall that loads its own rules, and let it leave the chains SHELLBOX-${installId}-… alone.`,
  };
}

function limitFindings(host: Host): Finding[] {
  const homes: Finding =
    host.homes === 'file'
      ? { ok: true, what: 'homes are limited to their size' }
      : {
          ok: false,
          what: 'homes are plain volumes, watched but not limited to their size',
          remedy: host.userNamespaces
            ? 'The engine maps accounts (userns-remap or rootless), which rules file systems of limited size out.'
            : 'Run as root on the engine’s machine with e2fsprogs and loop devices, for homes of limited size.',
        };
  const rest: Finding = host.limitsRoot
    ? { ok: true, what: 'what a box writes outside its home is limited by the engine' }
    : { ok: true, what: 'what a box writes outside its home is watched every minute; this engine takes no limit' };
  const accounts: Finding = host.userNamespaces
    ? { ok: true, what: 'root in a box is another account on the host' }
    : { ok: true, what: 'root in a box is root on the host with few capabilities; userns-remap would part them' };
  return [homes, rest, accounts];
}

async function spaceFindings(options: DockerOptions, host: Host): Promise<Finding[]> {
  const leastFree = options.leastFree ?? DEFAULT_LEAST_FREE;
  const found = await freeSpace([homesDir(options.dataDir), host.engineDir]);
  if (found.length === 0) return [{ ok: true, what: 'the engine’s disk is on another machine and not watched' }];
  return found.map((space) => {
    const ok = space.freeShare >= leastFree;
    const what = describe(space);
    return ok ? { ok, what } : { ok, what, remedy: `Boxes need ${Math.round(leastFree * 100)} %: free some space.` };
  });
}

async function attempt(what: string, work: () => Promise<unknown>): Promise<Finding> {
  try {
    await work();
    return { ok: true, what };
  } catch (error) {
    return findingOf(what, error);
  }
}

function findingOf(what: string, error: unknown): Finding {
  const message = error instanceof ProviderError ? error.message : `${what} could not be looked at.`;
  const remedy = error instanceof ProviderError ? error.remedy : undefined;
  return { ok: false, what: message, ...(remedy === undefined ? {} : { remedy }) };
}
