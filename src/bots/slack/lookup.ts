// Whether Slack has a message whose sending had no answer: its row is in the metadata of what we posted.
import { z } from 'zod';
import { type SlackApi, SlackRefused } from './api.ts';
import type { Posted } from './reach.ts';

/** The row of a message in its metadata, by which it is found again. */
export const EVENT_TYPE = 'shellbox_message';

const PAGE = 200;
const MOST_PAGES = 5;

const pageSchema = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z
        .object({ event_type: z.string(), event_payload: z.object({ row: z.string().optional() }) })
        .optional()
        .catch(undefined),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/**
 * Looks in the thread, or in the channel where no thread is known. Undefined when it is not there; also when we may not look, which
 * makes a second post possible.
 */
export async function findPosted(
  api: SlackApi,
  row: string,
  where: { channel: string; thread?: string | undefined; since: Date | undefined },
  signal: AbortSignal,
): Promise<Posted | undefined> {
  const { channel, thread, since } = where;
  const oldest =
    since === undefined || thread !== undefined ? {} : { oldest: String(Math.floor(since.getTime() / 1000) - 60) };
  let cursor = '';
  for (let page = 0; page < MOST_PAGES; page++) {
    const args = { channel, limit: PAGE, include_all_metadata: true, ...(cursor === '' ? {} : { cursor }) };
    const read = await look(
      api,
      thread === undefined ? 'conversations.history' : 'conversations.replies',
      thread === undefined ? { ...args, ...oldest } : { ...args, ts: thread },
      signal,
    );
    if (read === undefined) return undefined;
    const found = read.messages.find(
      ({ metadata }) => metadata?.event_type === EVENT_TYPE && metadata.event_payload.row === row,
    );
    if (found !== undefined) return { channel, ts: found.ts };
    cursor = read.response_metadata?.next_cursor ?? '';
    if (cursor === '') return undefined;
  }
  return undefined;
}

async function look(
  api: SlackApi,
  method: 'conversations.history' | 'conversations.replies',
  args: object,
  signal: AbortSignal,
): Promise<z.infer<typeof pageSchema> | undefined> {
  try {
    return pageSchema.parse(await api.call(method, args, signal));
  } catch (error) {
    if (error instanceof SlackRefused) return undefined;
    throw error;
  }
}
