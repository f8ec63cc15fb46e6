// Whom an operator means: by an identity, a mention or an id, never by what somebody calls themselves.
import type { Account } from '../../accounts/account.ts';
import { findSpeaker } from '../../store/accounts.ts';
import { command, misuse } from '../../threads/reply.ts';
import { shown } from '../../threads/shown.ts';
import type { CommandContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { identityText } from '../whoami.ts';

/** Said of every parameter that names a person. */
export const WHO = 'an identity as `whoami` prints it there, a mention, or the account id';

/** `<@U1>`, `<@U1|ana>`, `<@!123>`: how Slack and Discord write a mention of the person with that id. */
const MENTION = /^<@!?([A-Z0-9]+)(?:\|[^<>]*)?>$/i;
const LONGEST_SHOWN = 80;

/** @throws Refusal when nobody is meant by it */
export async function theOne(context: CommandContext, who: string): Promise<Account> {
  const found = await findSpeaker(context.tx, identityOf(context, who));
  if (found !== undefined) return found;
  throw new Refusal(
    misuse(
      `Nobody here is "${shown(who, LONGEST_SHOWN)}". Mention them, or ask them for the line that this prints:`,
      command('whoami'),
    ),
  );
}

/** A mention as the identity that it stands for where it was written; anything else as it is. */
export function identityOf({ speaker: { door, tenant } }: CommandContext, who: string): string {
  const mentioned = MENTION.exec(who)?.[1];
  return mentioned === undefined ? who : identityText({ door, tenant, subject: mentioned });
}

/** @throws Refusal for what a question was about and what is not there any more */
export function gone(): never {
  throw new Refusal(misuse('That is not there any more.'));
}
