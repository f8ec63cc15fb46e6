// What `confirm` does with operators' questions: who answers must still be an operator, and is answered alone.
import { command, fail } from '../../threads/reply.ts';
import type { CommandResult } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { destroyBox } from './destroy.ts';
import { drain } from './drain.ts';
import { forget } from './forget.ts';
import { removeOrphans } from './orphans.ts';
import { release } from './quarantine.ts';
import { resume } from './resume.ts';
import { retry } from './retry.ts';
import { stopBox } from './stop.ts';
import { suspend } from './suspend.ts';
import { giveTier } from './tier.ts';

type Act = (context: CommandContext, target: unknown) => Promise<CommandResult>;

const ACTS: Readonly<Record<string, Act>> = {
  'admin tier': giveTier,
  'admin suspend': suspend,
  'admin resume': resume,
  'admin stop': stopBox,
  'admin destroy': destroyBox,
  'admin drain': drain,
  'admin retry': retry,
  'admin forget': forget,
  'admin orphans': removeOrphans,
  'admin quarantine': release,
};

export const OPERATOR_QUESTIONS: Readonly<Record<string, { act: Act }>> = Object.fromEntries(
  Object.entries(ACTS).map(([action, act]) => [action, { act: forOperators(action, act) }]),
);

function forOperators(action: string, act: Act): Act {
  return async (context, target) => {
    if (context.account?.admin !== true) throw new Refusal(fail(`"${action}" is for operators.`, command('help')));
    const result = await act(context, target);
    return result.kind === 'reply' ? { ...result, private: true } : result;
  };
}
