// What `set` changes of a person: their time zone and the hours in which they want quiet.
import type { Account } from '../accounts/account.ts';
import { readTimeZone } from '../accounts/time-zone.ts';
import { clockText, type DaySpan, daySpanText, readDaySpan } from '../boxes/clock.ts';
import { wallTime } from '../boxes/zone.ts';
import { audit } from '../store/audit.ts';
import { chooseQuiet, chooseTimeZone, quietHours } from '../store/preferences.ts';
import { command, misuse, type Reply, say } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';
import { readSwitch } from './set-values.ts';

const LONGEST_SHOWN = 60;

export async function changeTimeZone(context: CommandContext, value: string): Promise<Reply> {
  const { id } = context.account as Account;
  const found = readTimeZone(value);
  if (!found.ok) {
    const meant = found.meant.length === 0 ? ['Europe/Berlin'] : found.meant;
    const hint = found.meant.length === 0 ? 'Write the continent and a city, such as:' : 'Did you mean:';
    throw new Refusal(
      misuse(
        `"${shown(value, LONGEST_SHOWN)}" is no time zone that I know. ${hint}`,
        ...meant.map((zone) => command(`set timezone ${zone}`)),
      ),
    );
  }
  await chooseTimeZone(context.tx, id, found.zone);
  await note(context, 'timezone');
  return say(`✓ ${zoneSentence(context.now, found.zone)}`);
}

export function timeZoneText({ account, now }: CommandContext): string {
  return zoneSentence(now, (account as Account).timeZone);
}

function zoneSentence(now: Date, timeZone: string): string {
  const { hour, minute } = wallTime(now, timeZone);
  return `Your times are told in ${timeZone}, where it is ${clockText(hour * 60 + minute)} now.`;
}

export async function changeQuiet(context: CommandContext, value: string): Promise<Reply> {
  const account = context.account as Account;
  const span = readDaySpan(value);
  if (span === undefined && readSwitch(value) !== false) {
    const example = command('set quiet 22:00-07:00');
    throw new Refusal(misuse('quiet takes two times of day, or off:', example, command('set quiet off')));
  }
  await chooseQuiet(context.tx, account.id, span);
  await note(context, 'quiet');
  return say(`✓ ${quietSentence(span, account.timeZone)}`);
}

export async function quietText({ tx, account }: CommandContext): Promise<string> {
  const { id, timeZone } = account as Account;
  return quietSentence(await quietHours(tx, id), timeZone);
}

function quietSentence(span: DaySpan | undefined, timeZone: string): string {
  if (span === undefined) return 'You have no quiet hours: messages come at any time of day.';
  return `Quiet from ${daySpanText(span)} (${timeZone}): only warnings before a stop come then, everything else after ${clockText(span.to)}.`;
}

async function note({ tx, account }: CommandContext, key: string): Promise<void> {
  const { id } = account as Account;
  await audit(tx, { actor: id, action: 'account.set', target: { account: id, key } });
}
