// whoami: who we think the asker is, in the form that SHELLBOX_ADMINS takes.
import { identitiesOf } from '../store/accounts.ts';
import type { Speaker } from '../threads/arrival.ts';
import { type Block, command, say, text } from '../threads/reply.ts';
import { defineCommand } from './command.ts';

export const whoami = defineCommand({
  name: 'whoami',
  aliases: [],
  summary: 'your account and how you are known',
  examples: ['whoami'],
  params: {},
  visibility: 'private',
  audience: 'key',
  readOnly: true,
  async run(context) {
    const { account, speaker, tx } = context;
    if (account === undefined) {
      return {
        kind: 'reply',
        reply: say(`You are ${identityText(speaker)}. You have no account yet.`, command('help')),
      };
    }
    const identities = await identitiesOf(tx, account.id);
    const blocks: Block[] = [
      text(
        `${account.name} · ${account.tier}${account.admin ? ' · operator' : ''}${account.suspendedAt ? ' · suspended' : ''} · ${account.timeZone}`,
      ),
      {
        kind: 'table',
        head: [],
        rows: identities.map((one) => [
          identityText(one),
          identityText(one) === identityText(speaker) ? '(this one)' : '',
        ]),
      },
    ];
    return { kind: 'reply', reply: say(...blocks) };
  },
});

/** `ssh:SHA256:…`, `slack:T1:U1`, `email:a@b.c` */
export function identityText(who: Pick<Speaker, 'door' | 'tenant' | 'subject'>): string {
  return [who.door, who.tenant, who.subject].filter((part) => part !== '').join(':');
}
