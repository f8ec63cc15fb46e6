// The minute watch: measures running boxes and stops one that fills the host's disk outside its home.
import { bytesText } from '../boxes/text.ts';
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import type { Wakes } from '../queue/wakes.ts';
import { noteFigures } from '../store/box-figures.ts';
import { noteHomeUsed } from '../store/boxes.ts';
import { silentProviders } from '../store/circuits.ts';
import type { Database } from '../store/database.ts';
import { type ExpectedInstance, runningInstances } from '../store/reconcile.ts';
import { sideBySide } from '../store/together.ts';
import { command, fail, text } from '../threads/reply.ts';
import { liveRefOf, type SpecSource } from './box-spec.ts';
import { stopBox } from './stop-box.ts';

/** What a box may write outside its home where the engine sets no limit: packages, caches, logs. */
const ROOT_LIMIT_BYTES = 20 * 1024 ** 3;
const DEADLINE_MS = 30_000;
/** Boxes measured at one moment: one that does not answer must not use up the round for the rest, nor all of them the host. */
const AT_ONCE = 4;

export interface WatchOptions {
  db: Database;
  wakes: Wakes;
  providers: ReadonlyMap<string, Provider>;
  source: SpecSource;
  now: () => Date;
  logger: Logger;
  /** Once it is aborted no further box is measured. */
  signal: AbortSignal;
  rootLimitBytes?: number;
}

export async function watchDisks(options: WatchOptions): Promise<void> {
  const silent = await silentProviders(options.db.tx);
  for (const provider of options.providers.values()) {
    // Each of its boxes would use up its deadline, and those of others wait.
    if (silent.has(provider.name)) continue;
    const boxes = await runningInstances(options.db.tx, provider.name);
    await sideBySide(boxes, AT_ONCE, async (box) => {
      if (!options.signal.aborted) await look(options, provider, box);
    });
  }
}

async function look(options: WatchOptions, provider: Provider, box: ExpectedInstance): Promise<void> {
  const { db, source, now, logger, signal, rootLimitBytes = ROOT_LIMIT_BYTES } = options;
  try {
    const figures = await provider.measure(liveRefOf({ ...box, id: box.boxId }, source.installId), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    });
    if (figures.homeUsedBytes !== undefined) await noteHomeUsed(db.tx, box.boxId, figures.homeUsedBytes);
    if (figures.figures !== undefined) await noteFigures(db.tx, box.boxId, { figures: figures.figures, at: now() });
    const usedBytes = figures.rootUsedBytes ?? 0;
    if (usedBytes <= rootLimitBytes) return;
    await stopFiller(options, box, { usedBytes, limitBytes: rootLimitBytes }).catch((error: unknown) =>
      logger.warn(
        { box: box.boxId, error },
        'A box that fills the disk could not be stopped; the next round tries again',
      ),
    );
  } catch (error) {
    logger.warn({ box: box.boxId, error }, 'A box could not be measured; the next round tries again');
  }
}

interface Fill {
  usedBytes: number;
  limitBytes: number;
}

async function stopFiller(
  options: WatchOptions,
  watched: ExpectedInstance,
  { usedBytes, limitBytes }: Fill,
): Promise<void> {
  const job = await stopBox(options, {
    boxId: watched.boxId,
    // Measuring took a while: what was measured may be gone.
    isDue: (_, box) => box.incarnation === watched.incarnation,
    action: 'box.stopped_for_disk',
    notice: ({ name }) =>
      fail(
        text(
          `${name} is being stopped: it has written ${bytesText(usedBytes)} outside its home, and ${bytesText(limitBytes)} is the most. ` +
            'Everything is kept, its home and what was written outside it. After a start, delete what you do not need outside the home, ' +
            'or it is stopped again.',
        ),
        command(`start ${name}`),
      ),
  });
  if (job === undefined) return;
  options.logger.warn(
    { box: watched.boxId, job, usedBytes, limitBytes },
    'A box fills the disk outside its home; it is stopped',
  );
}
