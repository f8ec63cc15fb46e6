// A command that shows one box to its owner and changes nothing: what all of that kind declare, and the box found for reading.
import type { Box } from '../store/boxes.ts';
import type { Reply } from '../threads/reply.ts';
import { findByName } from './box-jobs.ts';
import { type Command, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';

interface BoxView extends Pick<Command, 'name' | 'aliases' | 'summary'> {
  /** The answer, for the asker alone; `box` is theirs. */
  show(context: CommandContext, box: Box): Reply | Promise<Reply>;
}

/** Declares `<name> <box>`. A box that is not the asker's is refused before `show` is called. */
export function defineBoxView({ name, aliases, summary, show }: BoxView): Command {
  return defineCommand({
    name,
    aliases,
    summary,
    examples: [`${name} mybox`],
    params: { box: { kind: 'box', about: 'its name' } },
    visibility: 'private',
    audience: 'account',
    readOnly: true,
    async run(context, { box }) {
      return { kind: 'reply', reply: await show(context, await findByName(context, box)) };
    },
  });
}
