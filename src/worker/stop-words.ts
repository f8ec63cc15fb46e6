// What people are told of stops that the house plans and makes.
import type { PlannedStop, StopCause } from '../boxes/planned-stop.ts';
import { atWhen, bytesText, describeWhen } from '../boxes/text.ts';
import { parseWhen } from '../boxes/when.ts';
import type { LivingBox } from '../store/lives.ts';
import { type Action, type Block, code, command, type Reply, say, text } from '../threads/reply.ts';

type Told = Pick<LivingBox, 'id' | 'name' | 'timeZone' | 'activitySince' | 'activityWhy' | 'idleMinutes'>;

const HOUR_MS = 3_600_000;

/** `Idle since 14:02: no session, CPU 0.3 %.` */
function because(box: Told, cause: StopCause, now: Date): string {
  if (cause === 'lifetime') return 'It has run for as long as a box may here.';
  const since = box.activitySince === null ? '' : ` since ${describeWhen(box.activitySince, now, box.timeZone)}`;
  if (cause === 'unknown') return `I have not been able to see what it does${since}.`;
  return `Idle${since}${box.activityWhy === null ? '' : `: ${box.activityWhy}`}.`;
}

function inMinutes(stop: PlannedStop, now: Date): string {
  const minutes = Math.max(1, Math.round((stop.at.getTime() - now.getTime()) / 60_000));
  return `in ${minutes} min`;
}

/** The direct message before a stop, with every way to prevent it. */
export function warningReply(box: Told, stop: PlannedStop, now: Date): Reply {
  const at = atWhen(stop.at, now, box.timeZone);
  const blocks: Block[] = [
    text(`${box.name} stops ${at}, ${inMinutes(stop, now)}.`),
    text(because(box, stop.cause, now)),
  ];
  if (stop.cause === 'lifetime') {
    blocks.push(
      text('Save what you need in its home, which is kept. Afterwards it can be started again:'),
      command(`start ${box.name}`),
    );
    return say(...blocks);
  }
  blocks.push({ kind: 'actions', actions: ways(box, stop, now) }, command(`extend ${box.name} 4h`));
  return say(...blocks);
}

/** The same for everybody in the box's thread, in one line. */
export function warningLine(box: Told, stop: PlannedStop, now: Date): Reply {
  const at = atWhen(stop.at, now, box.timeZone);
  const keep = stop.cause === 'lifetime' ? [] : [command(`extend ${box.name} 4h`)];
  return say(`${box.name} stops ${at}, ${inMinutes(stop, now)}. ${because(box, stop.cause, now)}`, ...keep);
}

/** Buttons name a moment, not a length: pressed twice they do the same as pressed once. */
function ways(box: Told, stop: PlannedStop, now: Date): Action[] {
  const until = (label: string, typed: string, at: Date): Action => ({
    label,
    command: `extend ${box.name} ${typed}`,
    press: { command: `extend ${box.id} until ${at.toISOString()}` },
  });
  const later = (hours: number): Date => new Date(stop.at.getTime() + hours * HOUR_MS);
  const endOfDay = momentOf('today', now, box.timeZone);
  const evening = momentOf('18:00', now, box.timeZone);
  const isLater = (at: Date | undefined): at is Date => at !== undefined && at > stop.at;
  return [
    until('1 h more', '1h', later(1)),
    until('4 h more', '4h', later(4)),
    ...(isLater(evening) && endOfDay !== undefined && evening < endOfDay
      ? [until('Until 18:00', 'until 18:00', evening)]
      : []),
    ...(isLater(endOfDay) ? [until('Keep for today', 'today', endOfDay)] : []),
    { label: 'Stop now', command: `stop ${box.name}`, press: { command: `stop ${box.id}` } },
  ];
}

function momentOf(words: string, now: Date, timeZone: string): Date | undefined {
  const read = parseWhen(words, now, timeZone);
  return read.ok && read.when.kind === 'until' ? read.when.at : undefined;
}

export interface Stopped {
  cause: StopCause;
  homeUsedBytes: number | undefined;
  /** `ssh -p 2222 mybox@box.acme.dev`; undefined where no connection starts it. */
  wakeLine: string | undefined;
  /** The owner's tier lets it be idle for longer. */
  mayIdleLonger: boolean;
}

/** The direct message after a stop: what ended, what is kept, and the way back. */
export function stoppedReply(box: Told, { cause, homeUsedBytes, wakeLine, mayIdleLonger }: Stopped, now: Date): Reply {
  const kept = homeUsedBytes === undefined ? 'home' : `home, ${bytesText(homeUsedBytes)}`;
  const why = because(box, cause, now);
  const blocks: Block[] = [
    text(`${box.name} is stopped. ${why}`),
    text(`Kept: ${kept}. Ended: running programs, /tmp.`),
    {
      kind: 'actions',
      actions: [{ label: `Start ${box.name}`, command: `start ${box.name}`, press: { command: `start ${box.id}` } }],
    },
  ];
  if (wakeLine !== undefined) blocks.push(text('Connecting wakes it too:'), code(wakeLine));
  if (cause === 'idle' && mayIdleLonger) blocks.push(text('Stops too early?'), command(`set ${box.name} idle 4h`));
  return say(...blocks);
}

export function stoppedLine(box: Told, cause: StopCause, now: Date): Reply {
  return say(`${box.name} is stopped. ${because(box, cause, now)} Its home is kept.`, command(`start ${box.name}`));
}
