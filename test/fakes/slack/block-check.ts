// Checks blocks as Slack does, and says what is wrong in Slack's words: `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Block, blockSchema } from './blocks.ts';

/** `complaints` as in `response_metadata.messages`, without the `[ERROR]`. */
export type Checked<T> = { ok: true; value: T } | { ok: false; complaints: string[] };

/** Blocks with the ids filled in that Slack makes up, or what is wrong with them. */
export function checkBlocks(value: unknown, blocksMax: number, at = '/blocks'): Checked<Block[]> {
  const parsed = z.array(blockSchema).max(blocksMax).safeParse(value);
  if (!parsed.success) return { ok: false, complaints: complaintsOf(parsed.error, at, value) };
  const complaints = [...doubleIds(parsed.data, at)];
  if (complaints.length > 0) return { ok: false, complaints };
  return { ok: true, value: parsed.data.map(withIds) };
}

/** What a failed schema check is called at Slack. `input` is what was checked. */
export function complaintsOf(error: z.ZodError, at: string, input: unknown): string[] {
  return error.issues.flatMap((issue) => complaintOf(issue, at, input));
}

function complaintOf(issue: z.core.$ZodIssue, at: string, input: unknown): string[] {
  const pointer = (path: readonly PropertyKey[]) => `[json-pointer:${[at, ...path.map(String)].join('/')}]`;
  const here = pointer(issue.path);
  switch (issue.code) {
    case 'too_big':
      if (issue.origin === 'string') return [`must be less than ${Number(issue.maximum) + 1} characters ${here}`];
      if (issue.origin === 'array') return [`no more than ${issue.maximum} items allowed ${here}`];
      return [`must be less than ${Number(issue.maximum) + 1} ${here}`];
    case 'too_small':
      if (issue.origin === 'string') return [`must be more than ${Number(issue.minimum) - 1} characters ${here}`];
      if (issue.origin === 'array') return [`must be at least ${issue.minimum} items ${here}`];
      return [`must be more than ${Number(issue.minimum) - 1} ${here}`];
    case 'unrecognized_keys':
      return issue.keys.map((key) => `invalid additional property: ${key} ${here}`);
    case 'invalid_union':
      return [`unsupported type: ${String(lookUp(input, issue.path))} ${here}`];
    case 'custom':
      return [`${issue.message} ${here}`];
    default:
      if (lookUp(input, issue.path) === undefined)
        return [`missing required field: ${String(issue.path.at(-1))} ${pointer(issue.path.slice(0, -1))}`];
      return [`${issue.message} ${here}`];
  }
}

function lookUp(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}

function* doubleIds(blocks: readonly Block[], at: string): Generator<string> {
  const seen = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    if (block.block_id !== undefined && seen.has(block.block_id))
      yield `\`block_id\` ${block.block_id} already exists [json-pointer:${at}/${index}/block_id]`;
    if (block.block_id !== undefined) seen.add(block.block_id);
    if (block.type !== 'actions') continue;
    const actionIds = block.elements.flatMap((element) => element.action_id ?? []);
    const twice = actionIds.find((id, position) => actionIds.indexOf(id) !== position);
    if (twice !== undefined) yield `\`action_id\` ${twice} already exists [json-pointer:${at}/${index}/elements]`;
  }
}

function withIds(block: Block): Block {
  const named = { ...block, block_id: block.block_id ?? madeUpId() };
  if (named.type === 'actions') return { ...named, elements: named.elements.map(withActionId) };
  if (named.type === 'input') return { ...named, element: withActionId(named.element) };
  if (named.type === 'section' && named.accessory !== undefined)
    return { ...named, accessory: withActionId(named.accessory) };
  return named;
}

function withActionId<T extends { action_id?: string | undefined }>(element: T): T {
  return { ...element, action_id: element.action_id ?? madeUpId() };
}

/** Slack's are five characters, such as `gz3Dx`. */
function madeUpId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}
