// What people read while a vendor's limit holds a call up: behind its progress line, and away again when it is over.
import type { CallContext, Provider } from '../../provider.ts';
import type { Clock } from './clock.ts';
import type { Cloud } from './cloud.ts';

type Limited = Pick<Cloud, 'title' | 'slowed'>;

const LOOK_MS = 1_000;
const SECOND_MS = 1_000;
const MINUTE_S = 60;
/** A line that changes each second is an edit each second. */
const STEP_S = 10;
const HALF_STEP_S = 5;
/** What is over so soon is not worth a word. */
const SHORT_MS = 2_000;

/** The same provider. Whatever a call waits for meanwhile, its request, a list, a try to come, is held up by the same limit. */
export function tellingSlowness(provider: Provider, cloud: Limited, clock: Clock): Provider {
  const slowly = <T>(context: CallContext, work: (context: CallContext) => Promise<T>): Promise<T> =>
    toldWhileSlow(context, { cloud, clock }, work);
  return {
    ...provider,
    ensureHome: (box, context) => slowly(context, (told) => provider.ensureHome(box, told)),
    create: (box, context) => slowly(context, (told) => provider.create(box, told)),
    start: (box, context) => slowly(context, (told) => provider.start(box, told)),
    stop: (box, context) => slowly(context, (told) => provider.stop(box, told)),
    destroy: (box, context) => slowly(context, (told) => provider.destroy(box, told)),
    destroyHome: (box, context) => slowly(context, (told) => provider.destroyHome(box, told)),
    snapshotHome: (box, id, context) => slowly(context, (told) => provider.snapshotHome(box, id, told)),
  };
}

async function toldWhileSlow<T>(
  context: CallContext,
  { cloud, clock }: { cloud: Limited; clock: Clock },
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const { note } = context;
  if (note === undefined) return work(context);
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  let waitsFor = '';
  let slowness = '';
  const tell = (): void => note([waitsFor, slowness].filter((phrase) => phrase !== '').join('; '));

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const now = slownessOf(cloud, clock.nowMs());
      if (now !== slowness) {
        slowness = now;
        tell();
      }
      await clock.wait(LOOK_MS, signal);
    }
  }

  // Its only end is that of the work.
  watch().catch(() => undefined);
  try {
    return await work({
      ...context,
      note(phrase) {
        waitsFor = phrase;
        tell();
      },
    });
  } finally {
    over.abort();
  }
}

/** '' at full speed. */
function slownessOf({ title, slowed }: Limited, nowMs: number): string {
  const now = slowed();
  if (now === undefined || now.untilMs - nowMs < SHORT_MS) return '';
  const left = restText(now.untilMs - nowMs);
  return now.how === 'resting'
    ? `${title} lets us ask again in ${left}`
    : `${title} lets us ask more rarely for another ${left}`;
}

function restText(ms: number): string {
  const seconds = Math.ceil(ms / SECOND_MS);
  if (seconds <= HALF_STEP_S) return `${HALF_STEP_S} s`;
  if (seconds <= MINUTE_S) return `${Math.ceil(seconds / STEP_S) * STEP_S} s`;
  return `${Math.ceil(seconds / MINUTE_S)} min`;
}
