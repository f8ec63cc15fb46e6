// What it costs to look at running Docker boxes: the engine's processor time for each, and our own.
import { readdir, readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import Docker from 'dockerode';
import { generateHostKey } from '../src/bots/ssh/host-keys.ts';
import { DEFAULT_SIZES, resourcesOf } from '../src/boxes/sizes.ts';
import { createLogger } from '../src/log.ts';
import { createDockerProvider } from '../src/providers/docker/docker.ts';
import { removeDockerInstallation } from '../src/providers/docker/installation.ts';
import { OWN_IMAGE } from '../src/providers/docker/options.ts';
import { instanceName } from '../src/providers/names.ts';
import type { BoxSpec, Provider } from '../src/providers/provider.ts';
import { newId } from '../src/store/ids.ts';
import { atMost, type Figure, percentile, rounded } from './figures.ts';
import { freshPlace } from './private-service.ts';
import { BOX_PORTS } from './spinup.ts';

const TICK_MS = 10;
const CALL_MS = 120_000;
const PROBES_A_MINUTE = 1_000;
/** The engine's own processes; what they started and waited for counts as theirs. */
const ENGINE: ReadonlySet<string> = new Set(['dockerd', 'containerd', 'containerd-shim']);

export interface ObserveOptions {
  boxes: number;
  /** How often each is looked at. */
  rounds: number;
}

/** Nothing else may use the engine meanwhile. */
export async function benchObserve({ boxes: count, rounds }: ObserveOptions): Promise<Figure> {
  const { dataDir, installId } = await freshPlace();
  const provider = createDockerProvider({
    dockerHost: undefined,
    installId,
    image: OWN_IMAGE,
    bindAddress: '127.0.0.1',
    sshHost: '127.0.0.1',
    ports: BOX_PORTS,
    memoryBudgetMiB: undefined,
    isolation: true,
    sudo: true,
    dataDir,
    logger: createLogger({ level: 'warn', secrets: [] }),
  });
  const boxes = Array.from({ length: count }, (_, index) => specOf(installId, BOX_PORTS.first + index));
  try {
    await provider.prepare(context());
    for (const box of boxes) await bringUp(provider, box);
    await lookAt(provider, boxes);
    return await measured(provider, boxes, rounds);
  } finally {
    for (const box of boxes) await provider.destroy(box, context());
    for (const box of boxes) await provider.destroyHome(box, context());
    await removeDockerInstallation({ dockerHost: undefined, installId }, AbortSignal.timeout(CALL_MS));
  }
}

async function measured(provider: Provider, boxes: readonly BoxSpec[], rounds: number): Promise<Figure> {
  const tookMs: number[] = [];
  const engineBefore = await engineMs();
  const ownBefore = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await lookAt(provider, boxes);
    tookMs.push(performance.now() - began);
  }
  const own = process.cpuUsage(ownBefore);
  const probes = rounds * boxes.length;
  const ownMs = (own.user + own.system) / 1000 / probes;
  const engine = ((await engineMs()) - engineBefore) / probes;
  const exec = await execCost(boxes, rounds);
  const share = (ms: number) => `${rounded((ms * PROBES_A_MINUTE) / 600)} % of one core`;
  return atMost('engine’s processor time for a look at a box, by that of one exec', engine, exec, 'ms', [
    `${rounds} looks at ${boxes.length} boxes; one took ${rounded(percentile(tookMs, 0.5))} ms, p50`,
    `Shellbox itself: ${rounded(ownMs)} ms`,
    `${PROBES_A_MINUTE} looks a minute: ${share(engine)} in the engine, ${share(ownMs)} in Shellbox`,
  ]);
}

/** What the engine needs to run `true` in a box, which says nothing yet: the floor of everything that looks from inside. */
async function execCost(boxes: readonly BoxSpec[], rounds: number): Promise<number> {
  const engine = new Docker();
  const before = await engineMs();
  for (let round = 0; round < rounds; round++) {
    for (const box of boxes) {
      const exec = await engine.getContainer(box.instanceName).exec({ Cmd: ['true'], AttachStdout: true });
      const output = await exec.start({});
      await finished(output.resume());
    }
  }
  return ((await engineMs()) - before) / (rounds * boxes.length);
}

async function bringUp(provider: Provider, box: BoxSpec): Promise<void> {
  await provider.ensureHome(box, context());
  await provider.reach(box, await provider.create(box, context()), context());
}

async function lookAt(provider: Provider, boxes: readonly BoxSpec[]): Promise<void> {
  const seen = await provider.observe(boxes, context());
  if (seen.size !== boxes.length) throw new Error(`${boxes.length} boxes run, and ${seen.size} were seen.`);
}

/** Processor time of the engine's processes since they were started, in milliseconds; proc(5). */
async function engineMs(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const times = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').then(engineTicks, () => 0)));
  return times.reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
}

function engineTicks(stat: string): number {
  const nameEnd = stat.lastIndexOf(')');
  if (!ENGINE.has(stat.slice(stat.indexOf('(') + 1, nameEnd))) return 0;
  const times = stat
    .slice(nameEnd + 2)
    .split(' ')
    .slice(11, 15);
  return times.reduce((sum, ticks) => sum + Number(ticks), 0);
}

function specOf(installId: string, sshPort: number): BoxSpec {
  const boxId = newId();
  return {
    installId,
    boxId,
    boxName: 'observed',
    incarnation: 1,
    instanceName: instanceName(installId, boxId, 1),
    resources: resourcesOf({ ...DEFAULT_SIZES.small, cpus: 1, memoryMiB: 512, homeGiB: 1 }),
    hostKey: generateHostKey(),
    authorizedKeys: [],
    sshPort,
    stopNote: '',
    hasRun: false,
    from: undefined,
    region: undefined,
    image: undefined,
    mostHourly: undefined,
  };
}

const context = () => ({ signal: AbortSignal.timeout(CALL_MS) });

if (import.meta.main) console.log(await benchObserve({ boxes: 4, rounds: 20 }));
