// The gateway: one connection to Discord for all bots processes, held through a lease, that survives whatever is sent over it.
import { Client, Events, SimpleShardingStrategy } from 'discord.js';
import { z } from 'zod';
import type { Logger } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import type { Database } from '../../store/database.ts';
import { dropLease, takeLease } from '../../store/leases.ts';
import type { RestOptions } from './api.ts';

export const GATEWAY_LEASE = 'discord:gateway';

/** Guilds, GuildMessages, DirectMessages: none is privileged. Source: https://discord.com/developers/docs/events/gateway#gateway-intents */
const INTENTS = (1 << 0) | (1 << 9) | (1 << 12);
const CONNECT_MS = 10_000;
/** Of the time in which another process must have taken over. */
const LEASE_PART = 0.6;
const LOOK_PART = 0.2;

export interface GatewayOptions {
  restOptions: RestOptions;
  token: Secret;
  db: Database;
  holder: string;
  /** How long at most nobody holds the gateway after a process died, besides connecting. */
  takeOverMs: number;
  logger: Logger;
  onEvent: (name: string, data: unknown) => void;
}

export interface Gateway {
  close(): Promise<void>;
}

/** Resolves when the gateway is ours and connected, or is another's, or when Discord does not answer; goes on trying in each case. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { db, holder, takeOverMs, logger } = options;
  const leaseMs = Math.round(takeOverMs * LEASE_PART);
  let connection: Connection | undefined;
  let heldUntil = 0;
  let ended = false;
  let looking: Promise<void> | undefined;

  async function letGo(): Promise<void> {
    const gone = connection;
    connection = undefined;
    await gone?.close();
  }

  async function look(): Promise<void> {
    const asked = performance.now();
    try {
      const epoch = await takeLease(db.tx, GATEWAY_LEASE, holder, leaseMs);
      heldUntil = epoch === undefined ? 0 : asked + leaseMs;
    } catch (error) {
      logger.warn({ door: 'discord', error }, 'The lease of the gateway could not be prolonged');
    }
    if (performance.now() >= heldUntil || connection?.isDead()) await letGo();
    if (performance.now() >= heldUntil || ended || connection !== undefined) return;
    // Not waited for: the lease is to be prolonged meanwhile.
    connection = connect(options);
  }

  const tick = (): Promise<void> => {
    looking ??= look()
      .catch((error: unknown) => logger.warn({ door: 'discord', error }, 'The gateway could not be opened or closed'))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };

  const timer = setInterval(() => void tick(), takeOverMs * LOOK_PART);
  await tick();
  await connection?.ready;
  return {
    async close() {
      ended = true;
      clearInterval(timer);
      await looking;
      await letGo();
      await dropLease(db.tx, GATEWAY_LEASE, holder).catch(() => {});
    },
  };
}

interface Connection {
  /** Resolves when it is connected or given up. */
  ready: Promise<void>;
  /** It will not come back by itself. */
  isDead(): boolean;
  close(): Promise<void>;
}

function connect({ restOptions, token, logger, onEvent }: GatewayOptions): Connection {
  let dead = false;
  const client = new Client({
    intents: INTENTS,
    rest: restOptions,
    waitGuildTimeout: 0,
    ws: { buildStrategy: (manager) => guarded(new SimpleShardingStrategy(manager), onEvent, logger) },
  });
  const fault = (error: Error): void => logger.warn({ door: 'discord', error }, 'The gateway had a fault');
  client.on(Events.Error, fault);
  client.on(Events.ShardError, fault);
  // From all other ends the library connects anew by itself.
  client.on(Events.ShardDisconnect, ({ code }) => {
    dead = true;
    logger.error({ door: 'discord', code }, 'Discord closed the gateway for good; check the token and the intents');
  });
  client.on(Events.Invalidated, () => {
    dead = true;
  });
  const { promise: late, resolve: giveUp } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => giveUp('late'), CONNECT_MS);
  const ready = Promise.race([client.login(token.reveal()), late])
    .then(
      (outcome) => {
        if (outcome === 'late') logger.warn({ door: 'discord' }, 'The gateway is not connected yet');
      },
      (error: unknown) => {
        dead = true;
        logger.warn({ door: 'discord', error }, 'The gateway could not be opened; it is tried again');
      },
    )
    .finally(() => clearTimeout(timer));
  return { ready, isDead: () => dead, close: () => client.destroy() };
}

const envelopeSchema = z.object({ op: z.number(), t: z.string().nullish(), s: z.number().nullish(), d: z.unknown() });
const DISPATCH = 0;
/** Those that the connection itself needs. */
const OWN_EVENTS: ReadonlySet<string> = new Set(['READY', 'RESUMED']);

/**
 * The library reads payloads in functions whose failure nobody waits for, so one that is malformed would end the process. There is no
 * other way in than the function itself. What is dispatched goes to us and reaches the library without name and data: it counts it.
 */
function guarded(
  strategy: SimpleShardingStrategy,
  onEvent: GatewayOptions['onEvent'],
  logger: Logger,
): SimpleShardingStrategy {
  const spawn = strategy.spawn.bind(strategy);
  strategy.spawn = async (ids) => {
    await spawn(ids);
    const shards: unknown = Reflect.get(strategy, 'shards');
    if (!(shards instanceof Map)) throw new TypeError('discord.js keeps its shards elsewhere');
    for (const shard of shards.values()) guardShard(shard, onEvent, logger);
  };
  return strategy;
}

function guardShard(shard: object, onEvent: GatewayOptions['onEvent'], logger: Logger): void {
  const read: unknown = Reflect.get(shard, 'onMessage');
  if (typeof read !== 'function') throw new TypeError('discord.js reads its payloads elsewhere');
  Reflect.set(shard, 'onMessage', async (frame: unknown, isBinary: boolean) => {
    try {
      const payload = envelopeSchema.parse(JSON.parse(String(frame)));
      const { op, t, d } = payload;
      const isOurs = op === DISPATCH && typeof t === 'string' && !OWN_EVENTS.has(t);
      if (isOurs) onEvent(t, d);
      await Reflect.apply(read, shard, [isOurs ? JSON.stringify({ ...payload, t: '', d: {} }) : frame, isBinary]);
    } catch (error) {
      logger.warn({ door: 'discord', error }, 'A malformed payload of the gateway was dropped');
    }
  });
}
