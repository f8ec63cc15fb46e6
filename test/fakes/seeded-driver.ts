// A driver of the simulated cloud: every verb as one call to the world, which the seed may spoil.
import { type BoxRef, type Provider, ProviderError } from '../../src/providers/provider.ts';
import type { Decision, Verb } from './seeded-faults.ts';
import type { SeededWorld } from './seeded-world.ts';

/** What a provider says about itself, apart from its verbs. */
export type Traits = Pick<
  Provider,
  | 'name'
  | 'title'
  | 'longestCreateMs'
  | 'patienceMs'
  | 'maximumCpus'
  | 'memoryBudgetMiB'
  | 'mostBoxes'
  | 'ports'
  | 'keepsHomes'
  | 'takesSnapshots'
  | 'setsUp'
  | 'regions'
  | 'images'
  | 'followSetup'
  | 'prices'
>;

export type Call = <T>(
  verb: Verb,
  subject: string,
  signal: AbortSignal,
  effect: (decision: Decision) => T,
) => Promise<T>;

export function createDriver(
  traits: Traits,
  world: SeededWorld,
  call: Call,
  { names, now }: { names: Map<string, string>; now: () => number },
): Provider {
  /** A call about one instance; the fault `vanish` takes it away as the call arrives. */
  function about<T>(verb: Verb, box: BoxRef, signal: AbortSignal, effect: () => T) {
    return call(verb, box.boxId, signal, ({ fault }) => {
      if (fault === 'vanish') world.remove(box, 'vanished');
      return effect();
    });
  }

  return {
    ...traits,
    prepare: ({ signal }) => call('prepare', traits.name, signal, world.prepare),
    async check({ signal }) {
      const what = 'simulated cloud';
      try {
        await call('check', traits.name, signal, () => {});
        return { ok: true, findings: [{ ok: true, what }] };
      } catch {
        return { ok: false, findings: [{ ok: false, what, remedy: 'Ask again; the seed decides.' }] };
      }
    },
    admit: ({ signal }) => call('admit', traits.name, signal, world.admit),
    protect: ({ signal }) => call('protect', traits.name, signal, world.protect),
    ensureHome(box, { signal }) {
      names.set(box.boxId, box.boxName);
      return call('ensureHome', box.boxId, signal, () => {
        world.ensureHome(box, traits.regions?.unasked[0]);
        return { note: `${box.resources.homeGiB} GiB`, region: world.regionOf(box) };
      });
    },
    create(box, { signal }) {
      names.set(box.boxId, box.boxName);
      return about('create', box, signal, () =>
        world.ensureRunning({ ...box, image: box.image ?? traits.images?.unasked[0] }),
      );
    },
    start: (box, { signal }) => about('start', box, signal, () => world.start(box)),
    async reach(box, _instance, { signal }) {
      const { endpoint } = await about('reach', box, signal, () => world.answer(box));
      if (endpoint === undefined) throw new ProviderError('unavailable', `SSH of ${box.instanceName} does not answer.`);
      return endpoint;
    },
    stop: (box, { signal }) => about('stop', box, signal, () => world.stop(box)),
    destroy: (box, { signal }) => about('destroy', box, signal, () => void world.remove(box, 'destroyed')),
    destroyHome: (box, { signal }) => about('destroyHome', box, signal, () => world.removeHome(box)),
    snapshotHome(box, snapshotId, { signal }) {
      names.set(snapshotId, `snapshot of ${names.get(box.boxId)}`);
      return call('snapshotHome', box.boxId, signal, () => world.snapshotHome(box, snapshotId));
    },
    snapshots: (installId, { signal }) => call('snapshots', installId, signal, () => world.snapshots(installId)),
    destroySnapshot: (snapshot, { signal }) =>
      call('destroySnapshot', snapshot.snapshotId, signal, () => world.removeSnapshot(snapshot)),
    inspect: (box, { signal }) => about('inspect', box, signal, () => world.find(box)),
    list: (installId, { signal }) =>
      call('list', installId, signal, ({ fault, lagMs }) => {
        if (fault === 'empty_list') return [];
        return fault === 'stale_list' ? world.listAt(installId, now() - lagMs) : world.list(installId);
      }),
    configure: (box, { signal }) => about('configure', box, signal, () => world.configure(box)),
    measure: (box, { signal }) =>
      about('measure', box, signal, () => ({ homeUsedBytes: world.homeBytes(box), rootUsedBytes: 0 })),
    observe: (boxes, { signal }) =>
      call('observe', traits.name, signal, () => {
        const seen = boxes.flatMap((box) => {
          const observation = world.observe(box);
          return observation === undefined ? [] : [[box.boxId, observation] as const];
        });
        return new Map(seen);
      }),
    async exec(box, { line, output }, { signal }) {
      const { printed, ended } = await about('exec', box, signal, () => world.exec(box, line));
      output(Buffer.from(printed));
      return ended;
    },
  };
}
