// set: what a person may settle, of a box or of themselves; without a value it shows what holds.
import type { Account } from '../accounts/account.ts';
import { liveBoxes } from '../store/boxes.ts';
import { type Block, command, misuse, type Reply, say } from '../threads/reply.ts';
import { findByName } from './box-jobs.ts';
import { defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';
import { changeIdle, changeWakes, idleText, wakesText } from './set-box.ts';
import { changeQuiet, changeTimeZone, quietText, timeZoneText } from './set-person.ts';

/** Of a box. */
const BOX_KEYS = ['idle', 'wake'] as const;
/** Of a person. */
const OWN_KEYS = ['timezone', 'quiet'] as const;
export type BoxKey = (typeof BOX_KEYS)[number];
export type OwnKey = (typeof OWN_KEYS)[number];

export const set = defineCommand({
  name: 'set',
  aliases: [],
  summary: 'when a box stops; your time zone, quiet hours',
  details:
    'idle: how long it may be unused before it stops (4h, 90m, never, default). wake: whether a connection starts it (on, off). timezone: yours, such as Europe/Berlin. quiet: hours without messages other than warnings (22:00-07:00, off). Without a value it says what holds.',
  examples: ['set mybox idle 4h', 'set mybox wake off', 'set timezone Europe/Berlin', 'set quiet 22:00-07:00', 'set'],
  params: {
    box: { kind: 'box', optional: true, about: 'its name, for idle and wake' },
    key: { kind: 'choice', choices: [...BOX_KEYS, ...OWN_KEYS], about: 'what to set' },
    value: { kind: 'text', about: 'to what' },
  },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { box, key, value }) {
    if (key === 'timezone' || key === 'quiet') return { kind: 'reply', reply: await setOwn(context, key, value) };
    if (box === undefined && key !== undefined) throw new Refusal(await whichBox(context, `${key} ${value ?? ''}`));
    if (box === undefined || key === undefined) return { kind: 'reply', reply: await showAll(context, box) };
    return { kind: 'reply', reply: await setBox(context, box, key, value) };
  },
});

async function setOwn(context: CommandContext, key: OwnKey, value: string | undefined): Promise<Reply> {
  if (key === 'timezone') return value === undefined ? say(timeZoneText(context)) : changeTimeZone(context, value);
  return value === undefined ? say(await quietText(context)) : changeQuiet(context, value);
}

async function setBox(context: CommandContext, name: string, key: BoxKey, value: string | undefined): Promise<Reply> {
  const box = await findByName(context, name);
  if (key === 'idle') return value === undefined ? say(await idleText(context, box)) : changeIdle(context, box, value);
  return value === undefined ? say(wakesText(box)) : changeWakes(context, box, value);
}

async function showAll(context: CommandContext, name: string | undefined): Promise<Reply> {
  const { id } = context.account as Account;
  const boxes = name === undefined ? await liveBoxes(context.tx, id) : [await findByName(context, name)];
  const lines: string[] = [];
  for (const box of boxes) lines.push(await idleText(context, box), wakesText(box));
  lines.push(timeZoneText(context), await quietText(context));
  return say(...lines, command('help set'));
}

async function whichBox(context: CommandContext, rest: string): Promise<Reply> {
  const { id } = context.account as Account;
  const boxes = await liveBoxes(context.tx, id);
  if (boxes.length === 0) return misuse('You have no boxes yet. To make one:', command('spinup mybox'));
  const lines: Block[] = boxes.slice(0, 5).map((box) => command(`set ${box.name} ${rest}`.trim()));
  return misuse('Which box?', ...lines);
}
