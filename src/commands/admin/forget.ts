// forget: takes everything that says who somebody is; asked by operators, when that person leaves.
import { z } from 'zod';
import type { Account } from '../../accounts/account.ts';
import { accountById, identitiesOf } from '../../store/accounts.ts';
import { audit } from '../../store/audit.ts';
import { liveBoxes } from '../../store/boxes.ts';
import { FORGOTTEN, forgetAccount, lockToForget } from '../../store/forget.ts';
import { command, fail, misuse, say } from '../../threads/reply.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { identityText } from '../whoami.ts';
import { askOperator } from './asking.ts';
import { gone, theOne, WHO } from './who.ts';

export const adminForget = defineCommand({
  name: 'admin forget',
  aliases: ['forget'],
  summary: 'forget who somebody is',
  details:
    'Asks first. Their identities, keys and name go, and homes that were kept for them; their boxes have to be destroyed before. Usage and audit stay, under an id that means nobody.',
  examples: ['forget slack:T024BE7LD:U023BECGF'],
  params: { who: { kind: 'word', required: true, about: WHO } },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { who }) {
    const found = await theOne(context, who);
    await refuseUnfit(context, found);
    const again = found.suspendedAt === undefined ? '' : ' They are suspended: with another account they would not be.';
    return askOperator(context, {
      action: 'admin forget',
      target: { account: found.id },
      what: `The identities, keys and name of ${found.name} go for good, and homes kept for them. Usage and audit stay without them.${again}`,
      label: `Forget ${found.name}`,
    });
  },
});

async function refuseUnfit({ tx, account, house }: CommandContext, found: Account): Promise<void> {
  if (found.id === account?.id) throw new Refusal(misuse('That is you. Another operator can do it.'));
  const identities = (await identitiesOf(tx, found.id)).map(identityText);
  if (found.admin || identities.some((identity) => house.admins.includes(identity)))
    throw new Refusal(
      fail(
        `${found.name} is an operator. First, on the machine: shellbox account admin ${found.id} off (or SHELLBOX_ADMINS).`,
      ),
    );
  const boxes = await liveBoxes(tx, found.id);
  if (boxes.length > 0)
    throw new Refusal(
      fail(
        `${found.name} has ${boxes.length === 1 ? 'a box' : `${boxes.length} boxes`}. First:`,
        ...boxes.slice(0, SHOWN).map(({ id, name }) => command(`admin destroy ${id}`, name)),
      ),
    );
}

const SHOWN = 5;
const targetSchema = z.object({ account: z.uuid() });

/** What `confirm` does with a code that was given out here. */
export async function forget(context: CommandContext, target: unknown): Promise<CommandResult> {
  const { tx, account, commandId, now } = context;
  const { account: id } = targetSchema.parse(target);
  if (!(await lockToForget(tx, id))) gone();
  const found = (await accountById(tx, id)) ?? gone();
  await refuseUnfit(context, found);
  await forgetAccount(tx, id, now);
  await audit(tx, {
    actor: account?.id ?? '',
    action: 'account.forgotten',
    target: { account: id, command: commandId },
  });
  return {
    kind: 'reply',
    reply: say(`✓ ${found.name} is ${FORGOTTEN}. Usage and audit keep the account's id: ${id}.`),
  };
}
