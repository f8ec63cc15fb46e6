// A provider that speaks to a simulated cloud in another process, and what a test asks and tells that cloud.
import { z } from 'zod';
import { type Provider, ProviderError, type ProviderErrorCode } from '../../src/providers/provider.ts';
import type { Faults, Verb } from './seeded-faults.ts';
import type { LedgerEvent, LedgerInstance, LedgerReport } from './seeded-ledger.ts';
import { SEEDED_TRAITS, type Traits } from './seeded-provider.ts';
import {
  answerSchema,
  boxRefSchema,
  endpointSchema,
  healthSchema,
  historySchema,
  liveBoxRefSchema,
  measurementSchema,
  noteSchema,
  nothingSchema,
  observationsSchema,
  perhapsViewSchema,
  ranSchema,
  reportSchema,
  snapshotRefSchema,
  snapshotsSchema,
  snapshotTakenSchema,
  toWire,
  viewSchema,
  viewsSchema,
} from './seeded-wire.ts';
import type { SeededWork } from './seeded-work.ts';

/** A driver for the cloud at this URL. It says about itself what `traits` says, else what the seeded provider says. */
export function createSeededClient(url: string, traits: Partial<Traits> = {}): Provider {
  async function call<T>(verb: Verb, body: unknown, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const answer = answerSchema.parse(await exchange(new URL(`/call/${verb}`, url), body, signal));
    if ('value' in answer) return schema.parse(answer.value);
    const { code, message, remedy, retryAfterMs } = answer.error;
    throw new ProviderError(code, message, { remedy, retryAfterMs });
  }

  return {
    ...SEEDED_TRAITS,
    ...traits,
    prepare: ({ signal }) => call('prepare', {}, nothingSchema, signal),
    async check({ signal }) {
      try {
        return await call('check', {}, healthSchema, signal);
      } catch {
        return { ok: false, findings: [{ ok: false, what: `simulated cloud at ${url}`, remedy: 'Start its server.' }] };
      }
    },
    admit: ({ signal }) => call('admit', {}, nothingSchema, signal),
    protect: ({ signal }) => call('protect', {}, nothingSchema, signal),
    ensureHome: (box, { signal }) => call('ensureHome', box, noteSchema, signal),
    create: (box, { signal }) => call('create', box, viewSchema, signal),
    start: (box, { signal }) => call('start', box, viewSchema, signal),
    reach: (box, instance, { signal }) => call('reach', { box, instance }, endpointSchema, signal),
    stop: (box, { signal }) => call('stop', liveBoxRefSchema.parse(box), nothingSchema, signal),
    destroy: (box, { signal }) => call('destroy', boxRefSchema.parse(box), nothingSchema, signal),
    destroyHome: (box, { signal }) => call('destroyHome', boxRefSchema.parse(box), nothingSchema, signal),
    snapshotHome: (box, snapshotId, { signal }) =>
      call('snapshotHome', { box: liveBoxRefSchema.parse(box), snapshotId }, snapshotTakenSchema, signal),
    snapshots: (installId, { signal }) => call('snapshots', { installId }, snapshotsSchema, signal),
    destroySnapshot: (snapshot, { signal }) =>
      call('destroySnapshot', snapshotRefSchema.parse(snapshot), nothingSchema, signal),
    inspect: (box, { signal }) => call('inspect', boxRefSchema.parse(box), perhapsViewSchema, signal),
    list: (installId, { signal }) => call('list', { installId }, viewsSchema, signal),
    configure: (box, { signal }) => call('configure', box, nothingSchema, signal),
    measure: (box, { signal }) => call('measure', liveBoxRefSchema.parse(box), measurementSchema, signal),
    observe: (boxes, { signal }) =>
      call('observe', { boxes: boxes.map((box) => liveBoxRefSchema.parse(box)) }, observationsSchema, signal),
    async exec(box, { endpoint, line, output }, { signal }) {
      const { printed, ended } = await call('exec', { box, endpoint, line }, ranSchema, signal);
      output(Buffer.from(printed));
      return ended;
    },
  };
}

/** What a test asks and tells a cloud in another process; never part of a provider. */
export interface SeededControl {
  ledger(): Promise<LedgerReport>;
  /** Instances that exist now; of one installation or of all. */
  instances(installId?: string): Promise<readonly LedgerInstance[]>;
  history(): Promise<readonly LedgerEvent[]>;
  setFaults(faults: Faults): Promise<void>;
  failNext(verb: Verb, code: ProviderErrorCode, times?: number): Promise<void>;
  vanish(instanceName: string): Promise<boolean>;
  /** What an instance does from now on; see SeededCloud. */
  setWork(instanceName: string, work: Partial<SeededWork>): Promise<void>;
  /** Makes an instance by hand, without our tags; `installId` is empty in the ledger. */
  plant(instanceName: string): Promise<void>;
  /** Resolves when all work that was begun is done, abandoned calls' too. */
  settled(): Promise<void>;
}

export function createSeededControl(url: string, signal: AbortSignal): SeededControl {
  const get = (path: string) => exchange(new URL(path, url), undefined, signal);
  const post = (path: string, body: unknown) => exchange(new URL(path, url), body, signal);
  const control: SeededControl = {
    ledger: async () => reportSchema.parse(await get('/ledger')),
    async instances(installId) {
      const { everyInstance } = await control.ledger();
      return everyInstance.filter(
        (record) => record.goneAt === undefined && (installId ?? record.installId) === record.installId,
      );
    },
    history: async () => historySchema.parse(await get('/history')),
    setFaults: async (faults) => void (await post('/faults', faults)),
    failNext: async (verb, code, times = 1) => void (await post('/fail-next', { verb, code, times })),
    vanish: async (instanceName) =>
      z.object({ vanished: z.boolean() }).parse(await post('/vanish', { instanceName })).vanished,
    setWork: async (instanceName, work) => void (await post('/work', { instanceName, work })),
    plant: async (instanceName) => void (await post('/plant', { instanceName })),
    settled: async () => void (await post('/settled', {})),
  };
  return control;
}

/** One request: POST with a body, GET without. A request that may have arrived has an unknown outcome. */
async function exchange(url: URL, body: unknown, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) throw new ProviderError('timeout', 'The call was abandoned before it was made.');
  try {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: toWire(body), signal };
    const response = await fetch(url, body === undefined ? { signal } : post);
    if (response.status !== 200) throw new Error(`${url.pathname} answered with status ${response.status}.`);
    return await response.json();
  } catch (cause) {
    if (signal.aborted)
      throw new ProviderError('timeout', 'The call was abandoned; its outcome is unknown.', { cause });
    if (wasRefused(cause)) throw new ProviderError('unavailable', 'The simulated cloud is not reachable.', { cause });
    throw new ProviderError('timeout', 'The simulated cloud did not answer; the outcome is unknown.', { cause });
  }
}

function wasRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}
