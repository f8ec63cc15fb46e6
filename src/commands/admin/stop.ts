// admin stop: stops anybody's box; its owner is told.
import { z } from 'zod';
import { audit } from '../../store/audit.ts';
import { notify } from '../../store/notices.ts';
import { command, say } from '../../threads/reply.ts';
import { hold, requestJob } from '../box-jobs.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { atOnceOrAsk } from './asking.ts';
import { WHICH, whichBox } from './which-box.ts';
import { gone } from './who.ts';

export const adminStop = defineCommand({
  name: 'admin stop',
  aliases: [],
  summary: "stop anybody's box; its home is kept",
  details: 'Its owner is told, and may start it again.',
  examples: ['admin stop ana/mybox', 'admin stop 019aa1f0-5d2e-7c51-8f3a-0c9a4d2f7b11'],
  params: { box: { kind: 'word', required: true, about: WHICH } },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { box: typed }) {
    const { id, name, owner } = await whichBox(context, typed, 'admin stop');
    const target = { box: id };
    const what = `${owner}/${name} is stopped, and its home is kept.`;
    return atOnceOrAsk(context, { action: 'admin stop', target, what, label: `Stop ${owner}/${name}` }, () =>
      stopBox(context, target),
    );
  },
});

const targetSchema = z.object({ box: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function stopBox(context: CommandContext, target: unknown): Promise<CommandResult> {
  const { tx, wake, account, commandId } = context;
  const held = (await hold(tx, targetSchema.parse(target).box, wake)) ?? gone();
  const { box } = held;
  if (box.desired === 'stopped')
    return { kind: 'reply', reply: say(`${box.name} is stopped already, or is being stopped.`) };
  const job = await requestJob(tx, held, 'stop', 'command', wake);
  await audit(tx, {
    actor: account?.id ?? '',
    action: 'box.stop_requested',
    target: { box: box.id, job, command: commandId },
  });
  const told = say(`An operator stops ${box.name}. Its home is kept.`, command(`start ${box.name}`));
  const { id: boxId, accountId } = box;
  await notify(tx, { accountId, boxId, kind: 'stopped', event: `admin:${job}`, reply: told, line: told });
  wake({ told: accountId });
  return {
    kind: 'reply',
    reply: say(`✓ ${box.name} is being stopped; its owner is told. How far:`, command('admin jobs')),
  };
}
