// The worker role: jobs, and the rounds that repair, watch and seal.
import { listen } from '../queue/wakes.ts';
import { sealAudit } from '../store/audit.ts';
import type { JobKind } from '../store/jobs.ts';
import { dropOldLeases } from '../store/leases.ts';
import { quarantineOf } from '../store/quarantine.ts';
import { dropOld } from '../store/retention.ts';
import { createAutostop, SLOTS } from '../worker/autostop.ts';
import type { SpecSource } from '../worker/box-spec.ts';
import { createConfigurer } from '../worker/configure.ts';
import { destroyJob } from '../worker/destroy.ts';
import { execJob } from '../worker/exec.ts';
import type { JobHandler } from '../worker/job.ts';
import { openMarkFile } from '../worker/mark.ts';
import { askPrices } from '../worker/prices.ts';
import { checkMark } from '../worker/quarantine.ts';
import { lookOver, reconcile } from '../worker/reconcile.ts';
import { restartJob } from '../worker/restart.ts';
import { startRounds } from '../worker/rounds.ts';
import { snapshotJob } from '../worker/snapshot.ts';
import { spinupJob } from '../worker/spinup.ts';
import { startJob } from '../worker/start.ts';
import { stopJob } from '../worker/stop.ts';
import { stopSuspended } from '../worker/suspended.ts';
import { remindOfHomes } from '../worker/tell-owner.ts';
import { createUsualTimes } from '../worker/usual.ts';
import { watchDisks } from '../worker/watch.ts';
import { startWorker } from '../worker/worker.ts';
import type { HouseServices, Running } from './house.ts';

const HANDLERS = {
  spinup: spinupJob,
  start: startJob,
  restart: restartJob,
  stop: stopJob,
  destroy: destroyJob,
  exec: execJob,
  snapshot: snapshotJob,
} satisfies Record<JobKind, JobHandler>;
const DAY_MS = 86_400_000;
/** The first time the box image may have to be built. */
const PREPARE_MS = 30 * 60_000;
/** How often it is looked whether a silent provider is to be asked again. */
const PROBE_EVERY_MS = 1000;
const CONFIGURE = 'configure:';

/** What comes round, by the names of its leases. */
const ROUND_NAMES = [
  'reconcile',
  'keys',
  'probe',
  'seal',
  'watch',
  'autostop',
  'suspended',
  'reminders',
  'tidy',
  'prices',
] as const;

/** The same, and those that come round for each provider. */
export function roundNames(providers: readonly string[]): string[] {
  return [...ROUND_NAMES, ...providers.map((name) => `look:${name}`)];
}

export interface WorkerRunning extends Running {
  /** Jobs that this process does now. */
  jobsAtWork(): number;
}

export async function startWorkerRole(services: HouseServices): Promise<WorkerRunning> {
  const { settings, db, wakes, providers, secrets, installId, gatewayKey, processId, logger, now, random } = services;
  const { timings } = settings;
  const source: SpecSource = { installId, secrets, gatewayPublicKey: gatewayKey.publicKey };
  const configurer = createConfigurer({ db, providers, source, holder: processId, logger });
  const { preparation } = services;
  const shutdown = new AbortController();
  // At once, so that a fault shows in the log before the first person meets it.
  for (const provider of providers.values()) {
    preparation
      .ready(provider, AbortSignal.timeout(PREPARE_MS))
      .catch((error: unknown) => logger.error({ provider: provider.name, error }, 'A provider is not ready'));
  }
  const mark = settings.markFile === undefined ? undefined : openMarkFile(settings.markFile, installId);
  await checkMark({ db, wakes, providers, source, logger, mark });
  const worker = startWorker({
    preparation,
    circuits: services.circuits,
    db,
    wakes,
    providers,
    handlers: HANDLERS,
    usual: createUsualTimes(db, () => performance.now()),
    source,
    gateway: services.house.gateway,
    destroyKeepHours: settings.destroyKeepHours,
    tiers: settings.tiers,
    leaseMs: timings.leaseMs,
    firstRetryMs: timings.firstRetryMs,
    now,
    random,
    meters: services.meters,
    logger,
    redisUrl: settings.redisUrl,
    holder: processId,
  });
  const listener = listen(settings.redisUrl, logger, {
    changed: (id) => {
      if (id.startsWith(CONFIGURE)) void configurer.configure(id.slice(CONFIGURE.length), shutdown.signal);
    },
  });
  const reconciler = {
    db,
    wakes,
    providers,
    source,
    now,
    logger,
    mark,
    orphanGraceMs: timings.orphanGraceMs,
    retryErrorMs: timings.retryErrorMs,
    // Two rounds of one process are never so close; those of a process and its successor may be.
    looksApartMs: timings.reconcileMs / 2,
  };
  const autostop = createAutostop({
    db,
    wakes,
    providers,
    source,
    tiers: settings.tiers,
    policy: settings.idle,
    now,
    steadyMs: services.steadyMs,
    logger,
  });
  /** In quarantine nothing is stopped, told or tidied by itself: what it would be for may not be so. */
  const released = (run: (signal: AbortSignal) => Promise<void>) => async (signal: AbortSignal) => {
    if ((await quarantineOf(db.tx)) === undefined) await run(signal);
  };
  const rounds = startRounds({
    db,
    holder: processId,
    marginMs: timings.roundMarginMs,
    logger,
    rounds: [
      {
        name: 'reconcile',
        everyMs: timings.reconcileMs,
        run: (signal) => reconcile({ ...reconciler, signal }),
      },
      { name: 'keys', everyMs: timings.reconcileMs, run: released((signal) => configurer.catchUp(signal)) },
      ...[...providers.values()].map((provider) => ({
        name: `look:${provider.name}`,
        everyMs: timings.reconcileMs,
        run: (signal: AbortSignal) => lookOver({ ...reconciler, signal }, provider),
      })),
      {
        name: 'probe',
        everyMs: PROBE_EVERY_MS,
        run: (signal) => services.circuits.probe(wakes, signal),
      },
      {
        name: 'seal',
        everyMs: timings.sealMs,
        async run() {
          await db.transaction((tx) => sealAudit(tx));
        },
      },
      {
        name: 'watch',
        everyMs: timings.watchMs,
        run: released((signal) => watchDisks({ db, wakes, providers, source, now, logger, signal })),
      },
      {
        name: 'autostop',
        everyMs: settings.idle.intervalMs / SLOTS,
        run: released((signal) => autostop.round(signal)),
      },
      {
        name: 'suspended',
        everyMs: timings.watchMs,
        run: released((signal) => stopSuspended({ db, wakes, logger, signal })),
      },
      {
        name: 'reminders',
        everyMs: timings.watchMs,
        run: released(() => remindOfHomes(db, now())),
      },
      {
        name: 'prices',
        everyMs: DAY_MS / 24,
        run: (signal) => askPrices({ db, providers, logger, signal }),
      },
      {
        name: 'tidy',
        everyMs: timings.tidyMs,
        run: released(async (signal) => {
          await dropOldLeases(db.tx);
          await dropOld(db.tx, settings.retainDays, { signal });
        }),
      },
    ],
  });
  return {
    jobsAtWork: worker.running,
    async stop() {
      shutdown.abort();
      // All at the same moment: from now on nothing new is claimed or begun, while jobs that run may still end.
      await Promise.all([worker.stop(timings.drainMs), rounds.stop(), listener.close()]);
    },
  };
}
