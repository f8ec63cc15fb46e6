// What is said looks the same whatever is in it: within Slack's limits, parsed for nothing, copied exactly.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escaped, unescaped } from '../../../src/bots/slack/escape.ts';
import { render } from '../../../src/bots/slack/render.ts';
import { isFromSlack } from '../../../src/bots/slack/signature.ts';
import { secret } from '../../../src/secret.ts';
import type { Action, Block, MessageBody } from '../../../src/threads/reply.ts';
import { checkBlocks } from '../../fakes/slack/block-check.ts';
import { BLOCKS_JSON_MAX, BUTTON_VALUE_MAX, MESSAGE_BLOCKS_MAX, UPDATE_TEXT_MAX } from '../../fakes/slack/limits.ts';
import { sign } from '../../fakes/slack/signing.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ maxLength: 6_000 }),
  fc.constant('€'.repeat(30_000)),
);
const short = fc.string({ minLength: 1, maxLength: 120 });
const action: fc.Arbitrary<Action> = fc.record({
  label: short,
  command: fc.oneof(short, fc.constant('x'.repeat(3_000))),
});
const block: fc.Arbitrary<Block> = fc.oneof(
  text.map((value): Block => ({ kind: 'text', text: value })),
  text.map((value): Block => ({ kind: 'code', text: value })),
  short.map((value): Block => ({ kind: 'command', command: value })),
  fc
    .array(fc.array(short, { minLength: 2, maxLength: 2 }), { maxLength: 20 })
    .map((rows): Block => ({ kind: 'table', head: ['a', 'b'], rows })),
  fc.array(action, { minLength: 1, maxLength: 30 }).map((actions): Block => ({ kind: 'actions', actions })),
  fc.record({ question: short, command: short, label: short }).map((asked): Block => ({ kind: 'confirm', ...asked })),
);
const line = fc.record(
  {
    label: fc.oneof(text, fc.constant('"'.repeat(300))),
    state: fc.constantFrom('working', 'done', 'failed'),
    tookMs: fc.nat(),
  },
  { requiredKeys: ['label', 'state'] },
);
const body: fc.Arbitrary<MessageBody> = fc.oneof(
  fc
    .array(block, { maxLength: 12 })
    .map((blocks): MessageBody => ({ kind: 'reply', reply: { outcome: 'done', blocks } })),
  fc
    .record(
      { title: text, lines: fc.array(line, { maxLength: 80, size: 'max' }), note: short },
      { requiredKeys: ['title', 'lines'] },
    )
    .map((progress): MessageBody => ({ kind: 'progress', progress })),
);

test('any message fits what Slack takes', () => {
  fc.assert(
    fc.property(body, fc.constantFrom('slash', 'mention', 'direct'), (said, typed) => {
      const content = render(said, typed);
      expect(checkBlocks(content.blocks, MESSAGE_BLOCKS_MAX)).toMatchObject({ ok: true });
      expect(JSON.stringify(content.blocks).length).toBeLessThanOrEqual(BLOCKS_JSON_MAX);
      expect(content.blocks.length).toBeLessThanOrEqual(MESSAGE_BLOCKS_MAX);
      expect(content.text.length).toBeLessThanOrEqual(UPDATE_TEXT_MAX);
      expect(content.text).not.toMatch(/[<>]/);
      const buttons = content.blocks.flatMap((one) => (one.type === 'actions' ? one.elements : []));
      const ids = buttons.map((button) => ('action_id' in button ? button.action_id : undefined));
      expect(new Set(ids).size).toBe(ids.length);
      for (const button of buttons)
        if (button.type === 'button') expect(button.value?.length).toBeLessThanOrEqual(BUTTON_VALUE_MAX);
    }),
    { numRuns: 200 },
  );
});

test('the fallback says what was said and makes neither mention nor link', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(escaped(value)).not.toMatch(/[<>]/);
      expect(unescaped(escaped(value))).toBe(value);
    }),
  );
});

describe('the time of a request', () => {
  const signing = 'signing-secret';
  const nowMs = Date.UTC(2026, 10, 21, 12);
  test.each([
    [-301, false],
    [-300, true],
    [0, true],
    [60, true],
    [61, false],
  ])('%i s from now is taken: %s', (seconds, taken) => {
    const { body: signed, headers } = sign('{}', 'application/json', signing, nowMs + seconds * 1000, undefined);
    expect(isFromSlack({ headers, body: Buffer.from(signed) }, secret(signing), new Date(nowMs))).toBe(taken);
  });
});
