// destroy: removes a box and its home, after a confirmation.
import { z } from 'zod';
import { bytesText } from '../boxes/text.ts';
import { audit } from '../store/audit.ts';
import { askConfirmation, CONFIRM_MINUTES } from '../store/confirmations.ts';
import { type Block, command, misuse, text } from '../threads/reply.ts';
import { type Held, hold, holdByName, requestJob } from './box-jobs.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { refuseInQuarantine } from './quarantined.ts';
import { Refusal } from './refusal.ts';

export const destroy = defineCommand({
  name: 'destroy',
  aliases: ['rm'],
  summary: 'remove a box and its home',
  details:
    'Asks first. It wins over whatever else is being done to the box. For a while its home can come back; the answer says until when.',
  examples: ['destroy mybox', 'destroy mybox --yes'],
  params: {
    box: { kind: 'box', about: 'its name' },
    yes: { kind: 'switch', about: 'do not ask' },
  },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name, yes }) {
    const held = await holdByName(context, name);
    if (held.job?.kind === 'destroy' || (yes && context.door.yesConfirms)) return destroyHeld(context, held);
    await refuseInQuarantine(context.tx, `${held.box.name} was not destroyed`);
    return ask(context, held);
  },
});

async function ask(context: CommandContext, { box }: Held): Promise<CommandResult> {
  const code = await askConfirmation(context.tx, context.secrets, {
    accountId: box.accountId,
    action: 'destroy',
    target: { box: box.id },
    now: context.now,
    random: context.random,
  });
  const keepHours = keepsFor(context, box.provider);
  const home = box.homeUsedBytes === null ? 'its home' : `its home (${bytesText(Number(box.homeUsedBytes))})`;
  const blocks: Block[] = [
    text(
      `Nothing is destroyed yet. ${box.name} and ${home} will be removed${keepHours === 0 ? ' for good' : `; for ${keepHours} h it can come back`}.`,
    ),
  ];
  blocks.push({
    kind: 'confirm',
    question: `Destroy ${box.name}?`,
    command: `confirm ${code}`,
    label: `Destroy ${box.name}`,
  });
  blocks.push(text(`That can be answered for ${CONFIRM_MINUTES} minutes.`));
  if (context.door.yesConfirms && !context.interactive)
    blocks.push(text('Or, without a question:'), command(`destroy ${box.name} --yes`));
  return { kind: 'reply', reply: { outcome: 'failed', blocks } };
}

/** How long a destroyed box of that provider can come back, hours; 0 where its home goes with it, which its provider may leave no choice about. */
export function keepsFor({ house }: CommandContext, provider: string): number {
  return house.providers.find((one) => one.name === provider)?.keepsHomes === true ? house.destroyKeepHours : 0;
}

const targetSchema = z.object({ box: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function destroyConfirmed(context: CommandContext, target: unknown): Promise<CommandResult> {
  const held = await hold(context.tx, targetSchema.parse(target).box, context.wake);
  if (held === undefined) throw new Refusal(misuse('That box is gone already.'));
  return destroyHeld(context, held);
}

async function destroyHeld(context: CommandContext, held: Held): Promise<CommandResult> {
  const jobId = await requestJob(context.tx, held, 'destroy', 'command', context.wake);
  await audit(context.tx, {
    actor: held.box.accountId,
    action: 'box.destroy_requested',
    target: { box: held.box.id, command: context.commandId },
  });
  const lost = context.house.destroyKeepHours > 0 && keepsFor(context, held.box.provider) === 0;
  const notes = lost ? [text(`Its home goes for good: ${held.box.provider} cannot keep one.`)] : [];
  return { kind: 'job', jobId, boxId: held.box.id, notes };
}
