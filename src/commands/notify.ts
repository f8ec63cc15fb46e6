// notify: on which door a person hears of what.
import type { Account } from '../accounts/account.ts';
import { identitiesOf } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { chooseNotices, noticeChoices } from '../store/notice-choices.ts';
import { NOTICE_ABOUT, NOTICE_KINDS, type NoticeKind } from '../threads/notice.ts';
import { type Block, command, misuse, type Reply, say, text } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import { defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';
import { readSwitch } from './set-values.ts';

const OFF = 'off';
/** It cannot call anybody: whoever nothing else reaches is told when they come by. */
const SSH = 'ssh';
const WITHOUT_WARNING = 'Boxes stop without a message to you then.';

export const notify = defineCommand({
  name: 'notify',
  aliases: [],
  summary: 'where you are told what',
  details:
    'A message goes to the door that you choose: slack, discord, email, as far as you are known there. off: not at all. on: where you can be reached, as at first. If it cannot be delivered there, another of your doors is used. Without arguments it says what goes where.',
  examples: ['notify', 'notify warning slack', 'notify recovered off', 'notify all on'],
  params: {
    kind: { kind: 'choice', choices: [...NOTICE_KINDS, 'all'], about: 'what about' },
    door: { kind: 'word', about: 'one of your doors, off or on' },
  },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { kind = 'all', door }) {
    const kinds = kind === 'all' ? NOTICE_KINDS : [kind];
    if (door !== undefined) await choose(context, kinds, door);
    return { kind: 'reply', reply: await show(context, kinds, door !== undefined) };
  },
});

async function choose(context: CommandContext, kinds: readonly NoticeKind[], typed: string): Promise<void> {
  const { id } = context.account as Account;
  await chooseNotices(context.tx, id, kinds, await readDoor(context, kinds, typed));
  await audit(context.tx, { actor: id, action: 'account.notices_set', target: { account: id } });
}

/** A door's name, `off`, or undefined for whichever reaches them. */
async function readDoor(
  context: CommandContext,
  kinds: readonly NoticeKind[],
  typed: string,
): Promise<string | undefined> {
  const said = typed.toLowerCase();
  const isOn = said === 'default' ? true : readSwitch(said);
  if (isOn !== undefined) return isOn ? undefined : OFF;
  const doors = (await doorsOf(context)).filter((door) => door !== SSH);
  if (doors.includes(said)) return said;
  const kind = kinds.length === 1 ? kinds.join() : 'all';
  throw new Refusal(
    misuse(
      said === SSH
        ? 'SSH cannot call you; it tells you in open sessions and at the next log-in, when nothing else reaches you. To choose:'
        : `"${shown(typed)}" is no door that you are known at. To choose one of yours:`,
      ...[...doors, OFF].map((door) => command(`notify ${kind} ${door}`)),
      'To become known at another one:',
      command('link'),
    ),
  );
}

async function show(context: CommandContext, kinds: readonly NoticeKind[], changed: boolean): Promise<Reply> {
  const { id } = context.account as Account;
  const choices = await noticeChoices(context.tx, id);
  const doors = await doorsOf(context);
  const rows = kinds.map((kind) => [kind, placeText(choices.get(kind), doors), NOTICE_ABOUT[kind]]);
  const blocks: Block[] = [
    ...(changed ? [text('✓ From now on:')] : []),
    { kind: 'table', head: ['about', 'goes to', ''], rows },
  ];
  if (kinds.includes('warning') && choices.get('warning') === OFF) blocks.push(text(WITHOUT_WARNING));
  if (doors.every((door) => door === SSH))
    blocks.push(
      text('SSH tells you in open sessions and at the next log-in. To be told at once elsewhere:'),
      command('link'),
    );
  return say(...blocks);
}

function placeText(choice: string | undefined, doors: readonly string[]): string {
  if (choice === undefined) return doors.length === 1 ? doors.join() : `first of ${doors.join(', ')} that works`;
  return choice === OFF || doors.includes(choice) ? choice : `${choice}, where you are not known any more`;
}

/** Those they are known at; SSH, which cannot call anybody, last. */
async function doorsOf({ tx, account }: CommandContext): Promise<string[]> {
  const identities = await identitiesOf(tx, (account as Account).id);
  const doors = [...new Set(identities.map(({ door }) => door))];
  return [...doors.filter((door) => door !== SSH), ...doors.filter((door) => door === SSH)];
}
