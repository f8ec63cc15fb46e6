// admin suspend: somebody may do nothing any more; their boxes are stopped after a notice, and kept.
import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import { SUSPENDED_KEEP_DAYS, SUSPENSION_NOTICE_MINUTES } from '../../accounts/suspension.ts';
import { timeText } from '../../boxes/text.ts';
import { accountById, suspendAccount } from '../../store/accounts.ts';
import { audit } from '../../store/audit.ts';
import { liveBoxes } from '../../store/boxes.ts';
import { tellHome } from '../../store/threads.ts';
import { command, misuse, say } from '../../threads/reply.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { atOnceOrAsk } from './asking.ts';
import { gone, theOne, WHO } from './who.ts';

export const adminSuspend = defineCommand({
  name: 'admin suspend',
  aliases: [],
  summary: 'let somebody do nothing any more',
  details: `The threads of their running boxes are told, and ${SUSPENSION_NOTICE_MINUTES} minutes later the boxes are stopped. They are kept.`,
  examples: ['admin suspend discord:80351110224678912'],
  params: { who: { kind: 'word', required: true, about: WHO } },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { who }) {
    const { id, name } = await theOne(context, who);
    if (id === context.account?.id) throw new Refusal(misuse('That is you, and you could not undo it.'));
    const target = { account: id };
    const what = `${name} may do nothing any more, and their boxes are stopped.`;
    return atOnceOrAsk(context, { action: 'admin suspend', target, what, label: `Suspend ${name}` }, () =>
      suspend(context, target),
    );
  },
});

const targetSchema = z.object({ account: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function suspend(context: CommandContext, target: unknown): Promise<CommandResult> {
  const { tx, account, commandId } = context;
  const found = (await accountById(tx, targetSchema.parse(target).account)) ?? gone();
  if (found.id === account?.id) throw new Refusal(misuse('That is you, and you could not undo it.'));
  if (!(await suspendAccount(tx, found.id, true)))
    return { kind: 'reply', reply: say(`${found.name} is suspended already.`) };
  await audit(tx, {
    actor: account?.id ?? '',
    action: 'account.suspended',
    target: { account: found.id, command: commandId },
  });
  const told = await announceStops(context, found);
  const boxes =
    told.length === 0
      ? 'None of their boxes runs'
      : `${told.join(', ')}: told, and stopped in ${SUSPENSION_NOTICE_MINUTES} minutes`;
  return {
    kind: 'reply',
    reply: say(
      `✓ ${found.name} is suspended: no command of theirs is done. ${boxes}. Boxes are kept.`,
      command(`admin resume ${found.id}`),
    ),
  };
}

/** Says in the thread of each box that should run that it will be stopped; their names. */
async function announceStops({ tx, now, wake }: CommandContext, owner: Account): Promise<string[]> {
  const boxes = (await liveBoxes(tx, owner.id)).filter(({ desired }) => desired === 'running');
  const stopAt = timeText(new Date(now.getTime() + SUSPENSION_NOTICE_MINUTES * 60_000), now, owner.timeZone);
  for (const box of boxes) {
    const reply = say(
      `${box.name} stops at ${stopAt}: an operator suspended ${owner.name}'s account. ` +
        `Its home is kept for at least ${SUSPENDED_KEEP_DAYS} days. Ask an operator.`,
    );
    const lane = await tellHome(tx, box, reply);
    if (lane !== undefined) wake({ lanes: [lane] });
  }
  return boxes.map(({ name }) => name);
}
