// admin destroy: destroys anybody's box, after a question; its owner is told.
import { z } from 'zod';
import { audit } from '../../store/audit.ts';
import { notify } from '../../store/notices.ts';
import { command, say } from '../../threads/reply.ts';
import { hold, requestJob } from '../box-jobs.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { keepsFor } from '../destroy.ts';
import { askOperator } from './asking.ts';
import { WHICH, whichBox } from './which-box.ts';
import { gone } from './who.ts';

export const adminDestroy = defineCommand({
  name: 'admin destroy',
  aliases: [],
  summary: "remove anybody's box and its home",
  details: 'Asks first. Its owner is told, and may `undestroy` it while its home is kept.',
  examples: ['admin destroy ana/mybox'],
  params: {
    box: { kind: 'word', required: true, about: WHICH },
    yes: { kind: 'switch', about: 'do not ask' },
  },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { box: typed, yes }) {
    const box = await whichBox(context, typed, 'admin destroy');
    const { id, name, owner, provider } = box;
    const target = { box: id };
    if (yes && context.door.yesConfirms) return destroyBox(context, target);
    const hours = keepsFor(context, provider);
    const what = `${owner}/${name} and its home will be removed${hours === 0 ? ' for good' : `; for ${hours} h its owner can bring it back`}.`;
    return askOperator(context, { action: 'admin destroy', target, what, label: `Destroy ${owner}/${name}` });
  },
});

const targetSchema = z.object({ box: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function destroyBox(context: CommandContext, target: unknown): Promise<CommandResult> {
  const { tx, wake, account, commandId } = context;
  const held = (await hold(tx, targetSchema.parse(target).box, wake)) ?? gone();
  const { box } = held;
  const job = await requestJob(tx, held, 'destroy', 'command', wake);
  await audit(tx, {
    actor: account?.id ?? '',
    action: 'box.destroy_requested',
    target: { box: box.id, job, command: commandId },
  });
  const back = keepsFor(context, box.provider) === 0 ? [] : [command(`undestroy ${box.name}`)];
  const told = say(`An operator destroys ${box.name}.`, ...back);
  const { id: boxId, accountId } = box;
  await notify(tx, { accountId, boxId, kind: 'stopped', event: `admin:${job}`, reply: told, line: told });
  wake({ told: accountId });
  return {
    kind: 'reply',
    reply: say(`✓ ${box.name} is being destroyed; its owner is told. How far:`, command('admin jobs')),
  };
}
