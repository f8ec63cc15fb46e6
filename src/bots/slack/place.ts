// Where in Slack a conversation is: the address that only this door reads, the key that finds its thread again, its lane.
import { z } from 'zod';
import type { ThreadPlace } from '../../threads/arrival.ts';
import type { Address } from '../../threads/thread.ts';

/**
 * `channel`: unknown for what was pressed on the home tab, which is answered in direct messages to `user`. `thread`: the `ts` of the
 * thread's first message; unknown until a slash command's first message was posted.
 */
const placeSchema = z.object({
  channel: z.string().optional(),
  thread: z.string().optional(),
  user: z.string().optional(),
});
export type Place = { channel?: string | undefined; thread?: string | undefined; user?: string | undefined };

export function placeOf(address: Address): Place {
  return placeSchema.parse(address);
}

export function addressOf({ channel, thread, user }: Place): Address {
  return {
    ...(channel === undefined ? {} : { channel }),
    ...(thread === undefined ? {} : { thread }),
    ...(user === undefined ? {} : { user }),
  };
}

export function threadKey(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

/** `unique` names a conversation that has no thread yet. */
export function threadPlace(team: string, place: Place, unique: string): ThreadPlace {
  const { channel, thread, user } = place;
  return {
    key: channel !== undefined && thread !== undefined ? threadKey(channel, thread) : unique,
    address: addressOf(place),
    lane: `slack:${team}:${channel ?? user ?? ''}`,
  };
}

/** Direct messages are private as they are. */
export function isDirect({ channel }: Place): boolean {
  return channel === undefined || channel.startsWith('D');
}

/** A message of ours, as it is stored. */
export function platformId(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

export function messageOf(id: string): { channel: string; ts: string } {
  const [channel = '', ts = ''] = id.split(':');
  return { channel, ts };
}
