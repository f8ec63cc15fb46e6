// What a message may say: text and blocks together, checked the same way for every method and for response URLs.
import type { Arguments } from './arguments.ts';
import { isRecord } from './arguments.ts';
import { checkBlocks } from './block-check.ts';
import type { Block } from './blocks.ts';
import { BLOCKS_JSON_MAX, MESSAGE_BLOCKS_MAX, TEXT_MAX } from './limits.ts';
import type { Content, MessageMetadata } from './message.ts';
import { complaining, SlackRefusal } from './refusal.ts';

/** What Slack shows in notifications of a message that has blocks and no text. */
const NO_FALLBACK = "This content can't be displayed.";

/** Refuses with `no_text`, `msg_too_long`, `invalid_blocks`, `invalid_blocks_format`, `msg_blocks_too_long`. */
export function readContent(given: Arguments): Content {
  const blocks = readBlocks(given) ?? [];
  const text = readText(given, TEXT_MAX);
  if (text === undefined && blocks.length === 0) throw new SlackRefusal('no_text');
  return { text: text ?? NO_FALLBACK, blocks };
}

export function readText(given: Arguments, max: number): string | undefined {
  const text = given.text('text');
  if (text !== undefined && text.length > max) throw new SlackRefusal('msg_too_long');
  return text;
}

/** Undefined when the call has no blocks at all. */
export function readBlocks(given: Arguments): readonly Block[] | undefined {
  const value = given.structure('blocks', 'invalid_blocks_format');
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new SlackRefusal('invalid_blocks_format');
  const checked = checkBlocks(value, MESSAGE_BLOCKS_MAX);
  if (!checked.ok) throw complaining('invalid_blocks', checked.complaints);
  if (JSON.stringify(value).length > BLOCKS_JSON_MAX) throw new SlackRefusal('msg_blocks_too_long');
  return checked.value;
}

/** Undefined when the call has none; `null` when it takes away what was there. */
export function readMetadata(given: Arguments): MessageMetadata | null | undefined {
  const value = given.structure('metadata', 'invalid_metadata_format');
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw new SlackRefusal('invalid_metadata_format');
  if (Object.keys(value).length === 0) return null;
  const { event_type, event_payload } = value;
  if (typeof event_type !== 'string' || event_type === '' || !isRecord(event_payload))
    throw new SlackRefusal('invalid_metadata_format');
  return { event_type, event_payload };
}
