// The bots role: doors, the dispatcher behind them, and the delivery of what is said.
import { startDeliverer } from '../bots/deliver.ts';
import type { Door } from '../bots/door.ts';
import { startNotifier } from '../bots/notifier.ts';
import type { SignUp } from '../commands/admit.ts';
import { createDispatcher } from '../commands/dispatch.ts';
import { COMMANDS } from '../commands/registry.ts';
import { NOTICES, WARNED } from '../queue/queues.ts';
import { listen } from '../queue/wakes.ts';
import { warningOf } from '../store/notices.ts';
import type { HouseServices, Running } from './house.ts';

export interface BotsOptions {
  doors: readonly Door[];
  signUp: SignUp;
  /** Where people's public keys are looked up; GitHub when it is left out. */
  githubUrl?: string;
}

export interface BotsRunning extends Running {
  /** Lanes in which a platform wants no sends for now. */
  restingLanes(): number;
}

const GITHUB_URL = 'https://github.com';

export async function startBotsRole(
  services: HouseServices,
  { doors, signUp, githubUrl = GITHUB_URL }: BotsOptions,
): Promise<BotsRunning> {
  const { db, wakes, settings, logger } = services;
  const { timings } = settings;
  const traits = new Map(doors.map((door) => [door.name, door.traits]));
  const deliverer = await startDeliverer({
    db,
    secrets: services.secrets,
    doors,
    holder: services.processId,
    laneLeaseMs: timings.laneLeaseMs,
    pollMs: timings.pollMs,
    random: services.random,
    meters: services.meters,
    logger,
  });
  const dispatcher = createDispatcher({
    db,
    secrets: services.secrets,
    house: services.house,
    signUp,
    commands: COMMANDS,
    traits: (door) => traits.get(door) ?? { name: door, yesConfirms: false, lights: false },
    wakes,
    deliver: deliverer.wake,
    newHostKey: settings.newKeyPair,
    githubUrl,
    now: services.now,
    random: services.random,
    meters: services.meters,
    logger,
  });
  const notifier = startNotifier({
    db,
    doors,
    deliver: deliverer.wake,
    pollMs: timings.pollMs,
    now: services.now,
    logger,
  });
  const listener = listen(settings.redisUrl, logger, {
    lanes: deliverer.wake,
    changed: (id) => {
      if (id === NOTICES) notifier.wake();
      if (!id.startsWith(WARNED)) return;
      const boxId = id.slice(WARNED.length);
      for (const door of doors)
        door
          .interject?.(boxId, () => warningOf(db.tx, boxId))
          .catch((error: unknown) => {
            logger.warn({ door: door.name, box: boxId, error }, 'Whoever is in a box could not be warned');
          });
    },
  });
  const leaving = new AbortController();
  let adopting: Promise<void> | undefined;
  const adoption = setInterval(() => {
    adopting ??= dispatcher
      .adopt(timings.abandonedMs, leaving.signal)
      .catch((error: unknown) => logger.warn({ error }, 'Abandoned deliveries could not be looked for'))
      .finally(() => {
        adopting = undefined;
      });
  }, timings.pollMs * 2);
  async function adoptNoMore(): Promise<void> {
    clearInterval(adoption);
    leaving.abort();
    await adopting;
  }
  const opened: Door[] = [];
  try {
    for (const door of doors) {
      await door.open(dispatcher);
      opened.push(door);
    }
  } catch (error) {
    await adoptNoMore();
    await Promise.allSettled([notifier.stop(), ...opened.map((door) => door.close())]);
    await Promise.allSettled([deliverer.stop(), listener.close()]);
    throw error;
  }
  return {
    restingLanes: deliverer.resting,
    async stop() {
      await Promise.allSettled([adoptNoMore(), notifier.stop(), ...opened.map((door) => door.close())]);
      await deliverer.stop();
      await listener.close();
    },
  };
}
