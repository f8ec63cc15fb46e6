// The provider contract: an aborted call ends soon, and a later call finishes what it began.
import { v7 as uuidv7 } from 'uuid';
import { expect, test } from 'vitest';
import type { BoxSpec, CallContext, InstanceView, Provider } from '../../src/providers/provider.ts';
import type { Traits } from '../fakes/seeded-driver.ts';
import { type Boxes, failure } from './provider-subject.ts';

const DEFAULT_ABORT_MS = 2_000;
const DEFAULT_MOMENTS_MS = [0, 1, 10, 50, 200];

const verbs = {
  prepare:
    ({ provider }) =>
    (context) =>
      provider.prepare(context),
  admit:
    ({ provider }) =>
    (context) =>
      provider.admit(context),
  protect:
    ({ provider }) =>
    (context) =>
      provider.protect(context),
  ensureHome:
    ({ provider, box }) =>
    (context) =>
      provider.ensureHome(box, context),
  create:
    ({ provider, box }) =>
    (context) =>
      provider.create(box, context),
  start:
    ({ provider, box }) =>
    (context) =>
      provider.start(box, context),
  reach:
    ({ provider, box, view }) =>
    (context) =>
      provider.reach(box, view, context),
  stop:
    ({ provider, box }) =>
    (context) =>
      provider.stop(box, context),
  destroy:
    ({ provider, box }) =>
    (context) =>
      provider.destroy(box, context),
  destroyHome:
    ({ provider, box }) =>
    (context) =>
      provider.destroyHome(box, context),
  snapshotHome:
    ({ provider, box }) =>
    (context) =>
      provider.snapshotHome(box, uuidv7(), context),
  snapshots:
    ({ provider, box }) =>
    (context) =>
      provider.snapshots(box.installId, context),
  destroySnapshot:
    ({ provider, box }) =>
    (context) =>
      provider.destroySnapshot({ installId: box.installId, snapshotId: uuidv7() }, context),
  inspect:
    ({ provider, box }) =>
    (context) =>
      provider.inspect(box, context),
  list:
    ({ provider, box }) =>
    (context) =>
      provider.list(box.installId, context),
  configure:
    ({ provider, box }) =>
    (context) =>
      provider.configure(box, context),
  measure:
    ({ provider, box }) =>
    (context) =>
      provider.measure(box, context),
  observe:
    ({ provider, box }) =>
    (context) =>
      provider.observe([box], context),
  exec:
    ({ provider, box }) =>
    (context) =>
      provider.exec(box, { endpoint: { host: '127.0.0.1', port: 9 }, line: 'true', output: () => {} }, context),
} satisfies Record<
  Exclude<keyof Provider, 'answers' | 'check' | 'slowed' | keyof Traits>,
  (on: { provider: Provider; box: BoxSpec; view: InstanceView }) => (context: CallContext) => Promise<unknown>
>;
export function provesAborting(boxes: () => Boxes): void {
  const abortMs = () => boxes().subject.capabilities?.abortMs ?? DEFAULT_ABORT_MS;

  test('a call whose signal is aborted already rejects at once and changes nothing', async () => {
    const { provider, running, names, context } = boxes();
    const { box, view } = await running();
    const aborted = { signal: AbortSignal.abort() };
    for (const [verb, on] of Object.entries(verbs)) {
      const call = on({ provider, box, view });
      const error = await within(abortMs(), `${verb} after its abort`, failure(call(aborted), box));
      expect(error.code, verb).not.toBe('vanished');
    }
    const health = await within(abortMs(), 'check after its abort', provider.check(aborted));
    expect(health.ok).toBe(false);
    expect(await provider.inspect(box, context())).toMatchObject({ ref: view.ref, running: true });
    expect(await names()).toEqual([box.instanceName]);
  });

  test('a create aborted at any moment ends soon, and a later create finishes it', async () => {
    const { provider, second, spec, names, subject, context } = boxes();
    const made: string[] = [];
    for (const afterMs of subject.capabilities?.abortCreateAfterMs ?? DEFAULT_MOMENTS_MS) {
      const box = spec();
      await provider.ensureHome(box, context());
      await abortedAfter(afterMs, abortMs(), (context) => provider.create(box, context), box);
      const view = await second.create(box, context());
      expect(view).toMatchObject({ instanceName: box.instanceName, running: true });
      await second.reach(box, view, context());
      made.push(box.instanceName);
    }
    expect(await names()).toEqual(made.sort());
  });

  test('an aborted ensureHome, stop, start and destroy end soon, and later calls finish them', async () => {
    const { provider, second, spec, names, homes, sameAs, context } = boxes();
    for (const afterMs of [1, 20]) {
      const box = spec();
      await abortedAfter(afterMs, abortMs(), (context) => provider.ensureHome(box, context), box);
      await second.ensureHome(box, context());
      const view = await provider.create(box, context());
      await abortedAfter(afterMs, abortMs(), (context) => provider.stop(box, context), box);
      await second.stop(box, context());
      expect(await provider.inspect(box, context())).toMatchObject({ running: false });
      await abortedAfter(afterMs, abortMs(), (context) => provider.start(box, context), box);
      expect(await second.start(box, context())).toMatchObject({ ...sameAs(view), running: true });
      await abortedAfter(afterMs, abortMs(), (context) => provider.destroy(box, context), box);
      await second.destroy(box, context());
      await abortedAfter(afterMs, abortMs(), (context) => provider.destroyHome(box, context), box);
      await second.destroyHome(box, context());
    }
    expect(await names()).toEqual([]);
    expect((await homes()) ?? []).toEqual([]);
  });

  test('waiting for a box that does not answer ends soon after the abort', async () => {
    const { provider, running, context } = boxes();
    const { box, view } = await running();
    await provider.stop(box, context());
    const call = failure(provider.reach(box, view, { signal: AbortSignal.timeout(500) }), box);
    await within(500 + abortMs(), 'reach of a stopped box', call);
  });
}

/** The call may have ended before its abort; when it had not, it must reject, as a ProviderError, within `abortMs`. */
export async function abortedAfter(
  afterMs: number,
  abortMs: number,
  call: (context: CallContext) => Promise<unknown>,
  box: BoxSpec,
): Promise<void> {
  const ended = await within(
    afterMs + abortMs,
    `a call aborted after ${afterMs} ms`,
    call({ signal: AbortSignal.timeout(afterMs) }).then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
  );
  if (ended !== undefined) await failure(Promise.reject(ended.error), box);
}

async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} did not end within ${ms} ms.`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
