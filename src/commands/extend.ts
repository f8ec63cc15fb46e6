// extend: keeps a running box from stopping by itself until a later time.
import type { Account } from '../accounts/account.ts';
import { atWhen, describeWhen } from '../boxes/text.ts';
import { isTimeWord, parseWhen, type When } from '../boxes/when.ts';
import { audit } from '../store/audit.ts';
import { type LivingBox, lockLife } from '../store/lives.ts';
import { settleWarnings } from '../store/notices.ts';
import { command, fail, misuse, type Reply, say } from '../threads/reply.ts';
import { findByName } from './box-jobs.ts';
import { defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { keepRunning } from './planned-for.ts';
import { Refusal } from './refusal.ts';

/** A moment, as buttons name it. */
const INSTANT = /^until (\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(?:\.\d{1,3})?z)$/i;
const MOST_DAYS = 31;
const DAY_MS = 86_400_000;

export const extend = defineCommand({
  name: 'extend',
  aliases: ['hold'],
  summary: 'keep a running box from stopping by itself for longer',
  details:
    'A length of time is added to the planned stop; at most 31 days from now. What a box is kept for is never shortened. Times of day are yours: `set timezone`. The box still stops when you type `stop`, and the answer says until when it stays.',
  examples: ['extend mybox 4h', 'extend mybox today', 'extend mybox until 18:00', 'extend mybox until fri'],
  params: {
    box: { kind: 'box', states: ['running'], about: 'its name' },
    time: {
      kind: 'text',
      required: true,
      opens: isTimeWord,
      about: '4h, 2d, today, tomorrow, until 18:00, until fri, until 2026-12-01',
    },
  },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name, time }) {
    const { tx, now } = context;
    const { timeZone } = context.account as Account;
    const found = await findByName(context, name);
    const life = await lockLife(tx, found.id);
    if (life === undefined)
      throw new Refusal(
        fail(`${found.name} does not run, so there is nothing to extend.`, command(`start ${found.name}`)),
      );
    const until = endOf(readTime(time, now, timeZone), life, now);
    if (until.getTime() - now.getTime() > MOST_DAYS * DAY_MS)
      throw new Refusal(misuse(`A box can be kept for at most ${MOST_DAYS} days.`, command('help extend')));
    if (life.idleMinutes === null && life.stopCause === null)
      return { kind: 'reply', reply: say(`${life.name} does not stop by itself.`) };
    return { kind: 'reply', reply: await keep(context, life, until) };
  },
});

function readTime(time: string, now: Date, timeZone: string): When {
  const instant = INSTANT.exec(time.trim())?.[1];
  if (instant !== undefined) {
    const at = new Date(instant);
    if (!(at > now)) throw new Refusal(misuse('That time is over.', command('help extend')));
    return { kind: 'until', at };
  }
  const read = parseWhen(time, now, timeZone);
  if (!read.ok) throw new Refusal(misuse(read.problem, command('help extend')));
  return read.when;
}

/** A length is added to what is planned already, so that twice an hour are two. */
function endOf(when: When, life: LivingBox, now: Date): Date {
  if (when.kind === 'until') return when.at;
  const planned = [now, life.stopAt, life.extendedUntil].flatMap((at) => (at === null ? [] : [at.getTime()]));
  return new Date(Math.max(...planned) + when.ms);
}

async function keep(context: CommandContext, life: LivingBox, until: Date): Promise<Reply> {
  const { tx, now, wake } = context;
  const { timeZone } = context.account as Account;
  const told = (at: Date): string => describeWhen(at, now, timeZone);
  const { stop, isLonger, extendedUntil } = await keepRunning(tx, context.house, life, until);
  const end = stop !== undefined && (stop.at > extendedUntil || stop.cause === 'lifetime') ? stop.at : extendedUntil;
  const stays = `${life.name} stays until ${told(end)}`;
  if (life.stopAt !== null && end > life.stopAt)
    wake({
      lanes: await settleWarnings(
        tx,
        life.id,
        say(`${life.name} was to stop ${atWhen(life.stopAt, now, timeZone)}. It stays until ${told(end)}.`),
      ),
    });
  if (isLonger)
    await audit(tx, {
      actor: life.accountId,
      action: 'box.extended',
      target: { box: life.id, command: context.commandId },
    });
  if (end < extendedUntil) return say(`${stays}: no box may run longer at a stretch here.`);
  return say(`✓ ${stays}${stop === undefined ? ', and longer while it is in use' : ''}.`);
}
