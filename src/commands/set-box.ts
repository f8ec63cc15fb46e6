// What `set` changes of a box: after how much idleness it stops, and whether a connection starts it.
import type { Account } from '../accounts/account.ts';
import { minutesText } from '../boxes/duration.ts';
import { readIdle } from '../boxes/idle-choice.ts';
import { describeWhen } from '../boxes/text.ts';
import { audit } from '../store/audit.ts';
import { type BoxSettings, boxSettings, chooseIdle, chooseWakes } from '../store/box-settings.ts';
import type { Box } from '../store/boxes.ts';
import { command, misuse, type Reply, say } from '../threads/reply.ts';
import type { CommandContext } from './context.ts';
import { ReadAgain, Refusal } from './refusal.ts';
import { readSwitch } from './set-values.ts';

export async function changeIdle(context: CommandContext, box: Box, value: string): Promise<Reply> {
  const account = context.account as Account;
  const choice = readIdle(value, context.house.tiers[account.tier]);
  if (!choice.ok) throw new Refusal(misuse(choice.problem, command(`set ${box.name} idle default`)));
  const before = await settingsOf(context, box);
  await chooseIdle(context.tx, box.id, choice.minutes);
  await note(context, box, 'idle');
  return say(`✓ ${idleSentence(context, box, { ...before, activity: 'unknown', idleMinutes: choice.minutes })}`);
}

export async function idleText(context: CommandContext, box: Box): Promise<string> {
  return idleSentence(context, box, await settingsOf(context, box));
}

/** Where it is not known that it lies unused, it is reckoned from now. */
function idleSentence({ account, now }: CommandContext, box: Box, settings: BoxSettings): string {
  const { idleMinutes, activity, activitySince, extendedUntil } = settings;
  if (idleMinutes === null) return `${box.name} never stops for being unused.`;
  const rule = `${box.name} stops once it has been unused for ${minutesText(idleMinutes)}`;
  if (box.state !== 'running') return `${rule}.`;
  const since = activity === 'idle' && activitySince !== null ? activitySince : now;
  const atMs = Math.max(now.getTime(), since.getTime() + idleMinutes * 60_000, extendedUntil?.getTime() ?? 0);
  const at = describeWhen(new Date(atMs), now, (account as Account).timeZone);
  return `${rule}: at ${at} if nobody uses it until then.`;
}

export async function changeWakes(context: CommandContext, box: Box, value: string): Promise<Reply> {
  const wakes = readSwitch(value);
  if (wakes === undefined)
    throw new Refusal(
      misuse('wake is on or off.', command(`set ${box.name} wake ${box.state === 'stopped' ? 'on' : 'off'}`)),
    );
  await chooseWakes(context.tx, box.id, wakes);
  await note(context, box, 'wake');
  return say(`✓ ${wakesSentence(box, wakes)}`);
}

export async function wakesText(context: CommandContext, box: Box): Promise<string> {
  return wakesSentence(box, (await settingsOf(context, box)).wakes);
}

function wakesSentence({ name }: Box, wakes: boolean): string {
  return wakes
    ? `A connection through the SSH door starts ${name} when it is stopped.`
    : `A connection does not start ${name} when it is stopped; "start ${name}" does.`;
}

/** A box that was destroyed for good meanwhile is not found any more when the command is read again. */
async function settingsOf({ tx }: CommandContext, box: Box): Promise<BoxSettings> {
  const settings = await boxSettings(tx, box.id);
  if (settings === undefined) throw new ReadAgain();
  return settings;
}

async function note({ tx, account }: CommandContext, box: Box, key: string): Promise<void> {
  await audit(tx, { actor: (account as Account).id, action: 'box.set', target: { box: box.id, key } });
}
