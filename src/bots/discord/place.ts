// Where in Discord a conversation is: the address that only this door reads, the key that finds its thread again, its lane.
import { z } from 'zod';
import type { ThreadPlace } from '../../threads/arrival.ts';
import type { Address } from '../../threads/thread.ts';

/**
 * `channel`: where the conversation began, or direct messages. `thread`: unknown until one was started from our first message; never
 * known where threads are not allowed. `direct`: they are private as they are.
 */
const placeSchema = z.object({
  channel: z.string(),
  thread: z.string().optional(),
  direct: z.boolean().optional(),
});
export type Place = z.infer<typeof placeSchema>;

export function placeOf(address: Address): Place {
  return placeSchema.parse(address);
}

export function addressOf({ channel, thread, direct }: Place): Address {
  return { channel, ...(thread === undefined ? {} : { thread }), ...(direct === true ? { direct } : {}) };
}

/** `unique` names a conversation that has no thread yet. */
export function threadPlace(place: Place, unique: string): ThreadPlace {
  const direct = place.direct === true ? `dm:${place.channel}` : undefined;
  return { key: place.thread ?? direct ?? unique, address: addressOf(place), lane: `discord:${place.channel}` };
}

/** A message of ours, as it is stored. */
export interface PlatformId {
  /** Undefined: an answer to an interaction, for the asker alone. */
  channel: string | undefined;
  message: string;
}

const ALONE = 'alone';

export function platformId({ channel, message }: PlatformId): string {
  return `${channel ?? ALONE}:${message}`;
}

export function messageOf(id: string): PlatformId {
  const [channel = '', message = ''] = id.split(':');
  return { channel: channel === ALONE ? undefined : channel, message };
}
