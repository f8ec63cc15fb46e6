// What people are called, for those events that name them by id only.
import { z } from 'zod';
import type { SlackApi } from './api.ts';

export interface People {
  note(user: string, name: string): void;
  /** The id itself when Slack does not say soon. */
  nameOf(user: string): Promise<string>;
}

/** What arrived waits for it, and Slack waits for that. */
const ASK_MS = 500;
const MOST_KNOWN = 10_000;

const infoSchema = z.object({ user: z.object({ name: z.string().min(1).max(200) }) });

export function createPeople(api: SlackApi): People {
  const names = new Map<string, string>();

  function note(user: string, name: string): void {
    if (name === '') return;
    if (names.size >= MOST_KNOWN) names.clear();
    names.set(user, name);
  }

  async function ask(user: string): Promise<string> {
    const { name } = infoSchema.parse(await api.call('users.info', { user })).user;
    note(user, name);
    return name;
  }

  return {
    note,
    nameOf(user) {
      const known = names.get(user);
      if (known !== undefined) return Promise.resolve(known);
      const { promise: late, resolve } = Promise.withResolvers<string>();
      const timer = setTimeout(() => resolve(user), ASK_MS);
      return Promise.race([ask(user).catch(() => user), late]).finally(() => clearTimeout(timer));
    },
  };
}
