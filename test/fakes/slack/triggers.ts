// Trigger ids: the right to open one modal within three seconds of what a person did.
// Source: https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
import { randomBytes } from 'node:crypto';
import { TRIGGER_LIFE_MS } from './limits.ts';
import { SlackRefusal } from './refusal.ts';

export interface Triggers {
  grant(personId: string): string;
  /** The person whose trigger it is. Refuses when unknown, used or too old. */
  exchange(id: string): string;
}

export function createTriggers(now: () => number): Triggers {
  const granted = new Map<string, { personId: string; atMs: number; used: boolean }>();
  return {
    grant(personId) {
      const atMs = now();
      const id = `${Math.floor(atMs / 1000)}.${granted.size + 1}.${randomBytes(16).toString('hex')}`;
      granted.set(id, { personId, atMs, used: false });
      return id;
    },
    exchange(id) {
      const trigger = granted.get(id);
      if (trigger === undefined) throw new SlackRefusal('invalid_trigger_id');
      if (trigger.used) throw new SlackRefusal('exchanged_trigger_id');
      if (now() - trigger.atMs > TRIGGER_LIFE_MS) throw new SlackRefusal('expired_trigger_id');
      trigger.used = true;
      return trigger.personId;
    },
  };
}
