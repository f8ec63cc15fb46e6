// What the fake refuses in messages and views, at the limit and one beyond it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as limits from './limits.ts';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf, outcomeOf } from './web-client.ts';

let slack: FakeSlack;
let channel: string;
beforeAll(async () => {
  slack = await openSlack({ postBurst: 1_000 });
  slack.user('ana');
  channel = slack.addChannel('dev').id;
});
afterAll(() => slack.close());

const long = (length: number) => 'x'.repeat(length);
const plain = (text: string) => ({ type: 'plain_text', text });
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const button = (more: object) => ({ type: 'button', text: plain('Stop'), action_id: 'a', ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const option = (more: object = {}) => ({ text: plain('One'), value: '1', ...more });
const select = (options: object[]) => ({ type: 'static_select', action_id: 's', options });
const input = (element: object) => ({
  type: 'input',
  label: plain('Key'),
  element: { type: 'plain_text_input', ...element },
});

/** A message's blocks at and beyond a limit. */
const LIMITS: Record<string, (size: number) => object[]> = {
  'MESSAGE_BLOCKS_MAX blocks': (size) => times(size, () => ({ type: 'divider' })),
  'SECTION_TEXT_MAX characters of a section': (size) => [section(long(size))],
  'SECTION_FIELDS_MAX fields of a section': (size) => [{ type: 'section', fields: times(size, () => plain('x')) }],
  'SECTION_FIELD_TEXT_MAX characters of a field': (size) => [{ type: 'section', fields: [plain(long(size))] }],
  'HEADER_TEXT_MAX characters of a header': (size) => [{ type: 'header', text: plain(long(size)) }],
  'CONTEXT_ELEMENTS_MAX parts of a context': (size) => [{ type: 'context', elements: times(size, () => plain('x')) }],
  'ACTIONS_ELEMENTS_MAX buttons in a row': (size) => [actions(...times(size, (i) => button({ action_id: `a${i}` })))],
  'BLOCK_ID_MAX characters of a block id': (size) => [{ ...section('x'), block_id: long(size) }],
  'ACTION_ID_MAX characters of an action id': (size) => [actions(button({ action_id: long(size) }))],
  'BUTTON_TEXT_MAX characters of a label': (size) => [actions(button({ text: plain(long(size)) }))],
  'BUTTON_VALUE_MAX characters of a value': (size) => [actions(button({ value: long(size) }))],
  'OVERFLOW_OPTIONS_MAX options of an overflow': (size) => [
    actions({ type: 'overflow', options: times(size, () => option()) }),
  ],
  'SELECT_OPTIONS_MAX options of a menu': (size) => [actions(select(times(size, () => option())))],
  'OPTION_TEXT_MAX characters of an option': (size) => [actions(select([option({ text: plain(long(size)) })]))],
  'OPTION_VALUE_MAX characters of its value': (size) => [actions(select([option({ value: long(size) })]))],
  'CONFIRM_TITLE_MAX characters of a question': (size) => [
    actions(button({ confirm: { title: plain(long(size)), text: plain('x') } })),
  ],
  'CONFIRM_TEXT_MAX characters below it': (size) => [actions(button({ confirm: { text: plain(long(size)) } }))],
  'CONFIRM_BUTTON_MAX characters of its yes': (size) => [
    actions(button({ confirm: { text: plain('x'), confirm: plain(long(size)) } })),
  ],
  'INPUT_LENGTH_MAX characters to type': (size) => [input({ max_length: size })],
  'PLACEHOLDER_MAX characters of a placeholder': (size) => [input({ placeholder: plain(long(size)) })],
};

const post = (blocks: unknown, text = 'x') =>
  outcomeOf(clientOf(slack).apiCall('chat.postMessage', { channel, text, blocks: JSON.stringify(blocks) }));

describe('messages', () => {
  it.each(Object.entries(LIMITS))('take %s and no more', async (name, make) => {
    const size: unknown = Object.entries(limits).find(([limit]) => name.startsWith(`${limit} `))?.[1];
    if (typeof size !== 'number') throw new Error(`No limit for "${name}".`);
    expect([await post(make(size)), await post(make(size + 1))]).toEqual(['ok', 'invalid_blocks']);
  });

  it.each([
    ['an unknown block', [{ type: 'paragraph' }]],
    ['a section without text', [{ type: 'section' }]],
    ['an empty text', [section('')]],
    ['a button without text', [actions({ type: 'button', action_id: 'a' })]],
    ['a button with a mrkdwn label', [actions(button({ text: { type: 'mrkdwn', text: 'x' } }))]],
    ['a row without buttons', [actions()]],
    ['a property that Slack does not know', [{ ...section('x'), colour: 'red' }]],
    ['one action id twice in a row', [actions(button({}), button({}))]],
    ['one block id twice', times(2, () => ({ ...section('x'), block_id: 'b' }))],
    ['a link that is none', [actions(button({ url: 'not a link' }))]],
    ['a text input in a row of buttons', [actions({ type: 'plain_text_input' })]],
  ])('refuse %s', async (_, blocks) => {
    expect(await post(blocks)).toBe('invalid_blocks');
  });

  it('say where the fault is, in the words of Slack', async () => {
    const blocks = JSON.stringify([section('x'), section(long(3_001))]);
    const refused = clientOf(slack).apiCall('chat.postMessage', { channel, text: 'x', blocks });
    const complaint = 'must be less than 3001 characters [json-pointer:/blocks/1/text/text]';
    await expect(refused).rejects.toMatchObject({
      data: { errors: [complaint], response_metadata: { messages: [`[ERROR] ${complaint}`] } },
    });
  });

  it('want text or blocks, and not too much of either', async () => {
    const client = clientOf(slack);
    expect(await outcomeOf(client.apiCall('chat.postMessage', { channel }))).toBe('no_text');
    expect(await outcomeOf(client.apiCall('chat.postMessage', { channel, blocks: [] }))).toBe('no_text');
    expect(await outcomeOf(client.apiCall('chat.postMessage', { channel, blocks: '{no json' }))).toBe(
      'invalid_blocks_format',
    );
    expect(await outcomeOf(client.chat.postMessage({ channel, text: long(40_000) }))).toBe('ok');
    expect(await outcomeOf(client.chat.postMessage({ channel, text: long(40_001) }))).toBe('msg_too_long');
    expect(await post(times(6, () => section(long(2_900))))).toBe('msg_blocks_too_long');
  });
});

describe('edits', () => {
  it('take less text than posts', async () => {
    const client = clientOf(slack);
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'x' });
    const update = (text: string) => outcomeOf(client.chat.update({ channel, ts, text }));
    expect([await update(long(4_000)), await update(long(4_001))]).toEqual(['ok', 'msg_too_long']);
  });
});

describe('views', () => {
  /** A modal from a fresh trigger; the app itself need not listen for that. */
  async function open(view: object): Promise<string> {
    const command = slack.user('ana').types('/shellbox keys', { channel });
    const trigger_id = command.deliveries[0]?.outgoing.payload.trigger_id;
    return await outcomeOf(clientOf(slack).apiCall('views.open', { trigger_id, view: JSON.stringify(view) }));
  }
  const modal = (more: object) => ({ type: 'modal', title: plain('Title'), blocks: [], ...more });

  it('have titles and buttons of 24 characters and no more', async () => {
    for (const part of ['title', 'submit', 'close']) {
      expect(await open(modal({ [part]: plain(long(24)) }))).toBe('ok');
      expect(await open(modal({ [part]: plain(long(25)) }))).toBe('invalid_arguments');
    }
  });

  it('that ask for something can be submitted', async () => {
    expect(await open(modal({ blocks: [input({})] }))).toBe('invalid_arguments');
    expect(await open(modal({ blocks: [input({})], submit: plain('Add') }))).toBe('ok');
  });

  const publish = (view: object) =>
    outcomeOf(clientOf(slack).apiCall('views.publish', { user_id: slack.user('ana').id, view: JSON.stringify(view) }));

  it('take 100 blocks and no more', async () => {
    const view = (count: number) => ({ type: 'home', blocks: times(count, () => ({ type: 'divider' })) });
    expect([await publish(view(100)), await publish(view(101))]).toEqual(['ok', 'invalid_arguments']);
  });

  it('keep 3,000 characters of private metadata and no more', async () => {
    const view = (size: number) => ({ type: 'home', blocks: [], private_metadata: long(size) });
    expect([await publish(view(3_000)), await publish(view(3_001))]).toEqual(['ok', 'invalid_arguments']);
  });
});
