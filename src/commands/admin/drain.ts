// admin drain: no box comes up any more until it is taken back; running ones go on.
import { z } from 'zod';
import { audit } from '../../store/audit.ts';
import { setDraining } from '../../store/drain.ts';
import { command, say } from '../../threads/reply.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { atOnceOrAsk } from './asking.ts';

export const adminDrain = defineCommand({
  name: 'admin drain',
  aliases: [],
  summary: 'let no box be made or started',
  details: 'Before work on the host, for example. Running boxes go on, and what was asked for before is done.',
  examples: ['admin drain on', 'admin drain off'],
  params: { drain: { kind: 'choice', choices: ['on', 'off'], required: true, about: 'whether' } },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { drain: on }) {
    const target = { on: on === 'on' };
    const what = target.on ? 'No box is made or started; running ones go on.' : 'Boxes are made and started again.';
    return atOnceOrAsk(context, { action: 'admin drain', target, what, label: `Drain ${on}` }, () =>
      drain(context, target),
    );
  },
});

const targetSchema = z.object({ on: z.boolean() });

/** What `confirm` does with a code that was given out here. */
export async function drain({ tx, account, commandId }: CommandContext, target: unknown): Promise<CommandResult> {
  const { on } = targetSchema.parse(target);
  if (!(await setDraining(tx, on))) return { kind: 'reply', reply: say(`Drain is ${on ? 'on' : 'off'} already.`) };
  await audit(tx, {
    actor: account?.id ?? '',
    action: on ? 'house.drained' : 'house.undrained',
    target: { command: commandId },
  });
  return {
    kind: 'reply',
    reply: on
      ? say('✓ No box is made or started from now on; running ones go on. To take it back:', command('admin drain off'))
      : say('✓ Boxes are made and started again.'),
  };
}
