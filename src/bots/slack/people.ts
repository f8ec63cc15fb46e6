// What people are called, for those events that name them by id only, and the time zone they live by.
import { z } from 'zod';
import type { SlackApi } from './api.ts';

export interface People {
  note(user: string, name: string): void;
  /** The id itself when Slack does not say soon. */
  nameOf(user: string): Promise<string>;
  /** IANA name as Slack has it; undefined when it does not say soon. */
  timeZoneOf(user: string): Promise<string | undefined>;
}

/** What arrived waits for it, and Slack waits for that. */
const ASK_MS = 500;
const MOST_KNOWN = 10_000;
/** People travel; what they had before is good enough until Slack has answered again. */
const ZONE_FRESH_MS = 3_600_000;

/** https://docs.slack.dev/reference/objects/user-object: `tz` may be missing. */
const infoSchema = z.object({ user: z.object({ name: z.string().min(1).max(200), tz: z.string().max(64).nullish() }) });

interface Known {
  name: string | undefined;
  timeZone: string | undefined;
  /** When Slack was asked last, answered or not; undefined when never. */
  askedAtMs: number | undefined;
}

/** `clock`: milliseconds from any fixed point. */
export function createPeople(api: Pick<SlackApi, 'call'>, clock: () => number): People {
  const people = new Map<string, Known>();
  const asking = new Map<string, Promise<void>>();

  function learn(user: string, what: Partial<Known>): void {
    if (people.size >= MOST_KNOWN && !people.has(user)) people.clear();
    people.set(user, { name: undefined, timeZone: undefined, askedAtMs: undefined, ...people.get(user), ...what });
  }

  /** Never rejects; one question at a time about each person. */
  function ask(user: string): Promise<void> {
    const question = asking.get(user) ?? inquire(user).finally(() => asking.delete(user));
    asking.set(user, question);
    return question;
  }

  async function inquire(user: string): Promise<void> {
    try {
      const { name, tz } = infoSchema.parse(await api.call('users.info', { user })).user;
      learn(user, { name, timeZone: tz ?? undefined, askedAtMs: clock() });
    } catch {
      learn(user, { askedAtMs: clock() });
    }
  }

  return {
    note(user, name) {
      if (name !== '') learn(user, { name });
    },
    async nameOf(user) {
      if (people.get(user)?.name === undefined) await soon(ask(user));
      return people.get(user)?.name ?? user;
    },
    async timeZoneOf(user) {
      const askedAtMs = people.get(user)?.askedAtMs;
      if (askedAtMs === undefined) await soon(ask(user));
      else if (clock() - askedAtMs > ZONE_FRESH_MS) void ask(user);
      return people.get(user)?.timeZone;
    },
  };
}

async function soon(question: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ASK_MS);
  await Promise.race([question, late]).finally(() => clearTimeout(timer));
}
