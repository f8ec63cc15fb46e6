// keys: the public keys that open the asker's boxes.
import type { Account } from '../accounts/account.ts';
import { parsePublicKey } from '../accounts/keys.ts';
import { accessKeysOf, addAccessKey, removeAccessKey } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { liveBoxes } from '../store/boxes.ts';
import { command, misuse, say, text } from '../threads/reply.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';

const MOST_KEYS = 50;

export const keys = defineCommand({
  name: 'keys',
  aliases: [],
  summary: 'public keys that open your boxes',
  details:
    'A key added here works at once on every box of yours, running ones too. It opens boxes; it does not speak for you.',
  examples: ['keys', 'keys add ssh-ed25519 AAAA… ana@laptop', 'keys remove SHA256:…'],
  params: {
    action: {
      kind: 'choice',
      choices: ['list', 'add', 'remove'],
      about: 'list them (without it), add one, remove one',
    },
    value: { kind: 'text', about: 'the public key, or the fingerprint of the one to remove' },
  },
  dialog: { title: 'A key for your boxes', asks: ['value'], when: { action: 'add' } },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  async run(context, { action = 'list', value }) {
    const account = context.account as Account;
    if (action === 'list') return show(context, account);
    if (value === undefined) {
      const example = action === 'add' ? 'keys add ssh-ed25519 AAAA… you@laptop' : 'keys remove SHA256:…';
      throw new Refusal(
        misuse(
          action === 'add' ? 'Which key? Paste the line of its .pub file:' : 'Which key? Its fingerprint is in `keys`:',
          command(example),
        ),
      );
    }
    return action === 'add' ? add(context, account, value) : remove(context, account, value);
  },
});

async function show(context: CommandContext, account: Account): Promise<CommandResult> {
  const rows = (await accessKeysOf(context.tx, account.id)).map((key) => [key.fingerprint, key.comment]);
  if (rows.length === 0)
    return {
      kind: 'reply',
      reply: say('No key opens your boxes yet. To add one:', command('keys add ssh-ed25519 AAAA… you@laptop')),
    };
  return { kind: 'reply', reply: say({ kind: 'table', head: ['key', ''], rows }) };
}

async function add(context: CommandContext, account: Account, value: string): Promise<CommandResult> {
  const parsed = parsePublicKey(value);
  if (!parsed.ok) throw new Refusal(misuse(parsed.problem, command('keys add ssh-ed25519 AAAA… you@laptop')));
  const { key } = parsed;
  const known = await accessKeysOf(context.tx, account.id);
  if (known.length >= MOST_KEYS)
    throw new Refusal(
      misuse(
        `You have ${known.length} keys, the most there can be. Remove one first:`,
        command('keys remove SHA256:…'),
      ),
    );
  if (!(await addAccessKey(context.tx, account.id, key)))
    return { kind: 'reply', reply: say(`${key.fingerprint} opens your boxes already.`) };
  await audit(context.tx, { actor: account.id, action: 'key.added', target: { fingerprint: key.fingerprint } });
  const running = (await liveBoxes(context.tx, account.id))
    .filter((box) => box.state === 'running')
    .map((box) => box.name);
  for (const box of await liveBoxes(context.tx, account.id)) if (box.state === 'running') context.configure(box.id);
  const limits = key.gatewayCanVerify
    ? []
    : [text('Keys on a security key work at the box itself (-J or its own port), not at the SSH door.')];
  return {
    kind: 'reply',
    reply: say(
      `✓ ${[key.comment, key.fingerprint].filter((part) => part !== '').join(' ')} ${running.length === 0 ? 'opens your boxes.' : `works on ${running.join(', ')} now.`}`,
      ...limits,
    ),
  };
}

async function remove(context: CommandContext, account: Account, value: string): Promise<CommandResult> {
  const fingerprint = value.trim();
  if (!(await removeAccessKey(context.tx, account.id, fingerprint)))
    throw new Refusal(misuse('You have no key with that fingerprint. Yours are in:', command('keys')));
  await audit(context.tx, { actor: account.id, action: 'key.removed', target: { fingerprint } });
  for (const box of await liveBoxes(context.tx, account.id)) if (box.state === 'running') context.configure(box.id);
  return {
    kind: 'reply',
    reply: say(`✓ ${fingerprint} opens your boxes no more. Sessions that are open with it go on until they end.`),
  };
}
