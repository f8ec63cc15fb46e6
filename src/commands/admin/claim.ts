// admin claim: makes the asker an operator, with the code that the program printed when it had none.
import type { Account } from '../../accounts/account.ts';
import { changeAccount } from '../../store/accounts.ts';
import { useAdminCode } from '../../store/admin-code.ts';
import { audit } from '../../store/audit.ts';
import { misuse, say } from '../../threads/reply.ts';
import { defineCommand } from '../command.ts';

export const adminClaim = defineCommand({
  name: 'admin claim',
  aliases: [],
  summary: 'become an operator, with the code of the start',
  examples: ['admin claim 7k2m9qf4xa'],
  params: { code: { kind: 'word', secret: true, required: true, about: 'that `start` printed' } },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run({ account, tx, secrets }, { code }) {
    const { id, name } = account as Account;
    if (!(await useAdminCode(tx, secrets, code))) {
      return {
        kind: 'reply',
        reply: misuse(
          'That code is wrong or was used. `shellbox account admin <who> on` on the machine itself works too.',
        ),
      };
    }
    await changeAccount(tx, id, { admin: true });
    await audit(tx, { actor: id, action: 'admin.claimed', target: { account: id } });
    return { kind: 'reply', reply: say(`✓ ${name} is an operator now.`) };
  },
});
