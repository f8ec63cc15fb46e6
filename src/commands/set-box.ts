// What `set` changes of a box: after how much idleness it stops, and whether a connection starts it.
import type { Account } from '../accounts/account.ts';
import { minutesText } from '../boxes/duration.ts';
import { readIdle } from '../boxes/idle-choice.ts';
import { expectedStop } from '../boxes/planned-stop.ts';
import { atWhen } from '../boxes/text.ts';
import { audit } from '../store/audit.ts';
import { chooseIdle, chooseWakes } from '../store/box-settings.ts';
import type { Box } from '../store/boxes.ts';
import { type LivingBox, lifeById, lockLife } from '../store/lives.ts';
import { settleWarnings } from '../store/notices.ts';
import { command, misuse, type Reply, say } from '../threads/reply.ts';
import type { CommandContext } from './context.ts';
import { replan } from './planned-for.ts';
import { Refusal } from './refusal.ts';
import { readSwitch } from './set-values.ts';

export async function changeIdle(context: CommandContext, box: Box, value: string): Promise<Reply> {
  const { tx, house, wake } = context;
  const choice = readIdle(value, house.tiers[(context.account as Account).tier]);
  if (!choice.ok) throw new Refusal(misuse(choice.problem, command(`set ${box.name} idle default`)));
  const life = await lockLife(tx, box.id);
  await chooseIdle(tx, box.id, choice.minutes);
  const moves = life !== undefined && (await replan(tx, house, life, { ...life, idleMinutes: choice.minutes })).moves;
  const reply = say(`✓ ${await idleText(context, { ...box, idleMinutes: choice.minutes })}`);
  if (moves) wake({ lanes: await settleWarnings(tx, box.id, reply) });
  await note(context, box, 'idle');
  return reply;
}

/** The rule, and the time of day at which it would stop the box. */
export async function idleText(context: CommandContext, box: Box): Promise<string> {
  const { name, idleMinutes, state } = box;
  const rule =
    idleMinutes === null
      ? `${name} never stops for being unused`
      : `${name} stops once it has been unused for ${minutesText(idleMinutes)}`;
  const life = state === 'running' ? await lifeById(context.tx, box.id) : undefined;
  return life === undefined ? `${rule}.` : `${rule}${stopText(context, life)}.`;
}

function stopText({ house, now, account }: CommandContext, life: LivingBox): string {
  const { stopCause, idleMinutes, activity } = life;
  const told = (at: Date): string => atWhen(at, now, (account as Account).timeZone);
  // Its plan may still be that of another idle time, until it is looked at again.
  if (idleMinutes === null && stopCause !== 'lifetime') return '';
  const stop = expectedStop(life, now, house.idle);
  if (stop !== undefined)
    return stopCause === 'lifetime'
      ? `; ${told(stop)} it stops in any case`
      : `: ${told(stop)} if nobody uses it until then`;
  if (idleMinutes === null) return '';
  if (activity === 'active') return '; it is in use now';
  return `: ${told(new Date(now.getTime() + idleMinutes * 60_000))} if nobody uses it until then`;
}

export async function changeWakes(context: CommandContext, box: Box, value: string): Promise<Reply> {
  const wakes = readSwitch(value);
  if (wakes === undefined)
    throw new Refusal(
      misuse('wake is on or off:', command(`set ${box.name} wake on`), command(`set ${box.name} wake off`)),
    );
  await chooseWakes(context.tx, box.id, wakes);
  await note(context, box, 'wake');
  return say(`✓ ${wakesText({ ...box, wakes })}`);
}

export function wakesText({ name, wakes }: Box): string {
  return wakes
    ? `A connection through the SSH door starts ${name} when it is stopped.`
    : `A connection does not start ${name} when it is stopped; "start ${name}" does.`;
}

async function note({ tx, account }: CommandContext, box: Box, key: string): Promise<void> {
  await audit(tx, { actor: (account as Account).id, action: 'box.set', target: { box: box.id, key } });
}
