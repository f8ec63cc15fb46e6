// keys: the public keys that open the asker's boxes.
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { type PublicKey, parsePublicKey } from '../accounts/keys.ts';
import { accessKeysOf, addAccessKey, removeAccessKey } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { type Box, liveBoxes } from '../store/boxes.ts';
import { askConfirmation, CONFIRM_MINUTES } from '../store/confirmations.ts';
import { type Block, command, misuse, type Reply, say, text } from '../threads/reply.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { fetchGithubKeys, GITHUB_NAME, type GithubKeys, isGithubName } from './github-keys.ts';
import { HOW_TO_ADD_KEYS } from './key-hints.ts';
import { Refusal } from './refusal.ts';

const MOST_KEYS = 50;

export const keys = defineCommand({
  name: 'keys',
  aliases: [],
  summary: 'public keys that open your boxes',
  details:
    'A key added here works at once on every box of yours, running ones too. It opens boxes; it does not speak for you. Those of a GitHub user are shown first, and added after a confirmation.',
  examples: ['keys', 'keys add ssh-ed25519 AAAA… ana@laptop', 'keys add github:ana', 'keys remove SHA256:…'],
  params: {
    action: {
      kind: 'choice',
      choices: ['list', 'add', 'remove'],
      about: 'list them (without it), add one, remove one',
    },
    value: { kind: 'text', about: 'the public key, github:<name>, or the fingerprint to remove' },
  },
  dialog: { title: 'A key for your boxes', asks: ['value'], when: { action: 'add' }, begun: { value: ['github:'] } },
  visibility: 'private',
  audience: 'account',
  readOnly: false,
  prepare({ action, value }) {
    if (action !== 'add' || value === undefined || !isGithubName(value)) return undefined;
    return (outside) => fetchGithubKeys(value, outside);
  },
  async run(context, { action = 'list', value }, github?: GithubKeys) {
    const account = context.account as Account;
    if (action === 'list') return show(context, account);
    if (github !== undefined) return askForGithub(context, account, github);
    if (value !== undefined) return action === 'add' ? add(context, account, value) : remove(context, account, value);
    throw new Refusal(
      action === 'add'
        ? misuse('Which key? Paste the line of its .pub file:', ...HOW_TO_ADD_KEYS)
        : misuse('Which key? Its fingerprint is in `keys`:', command('keys remove SHA256:…')),
    );
  },
});

async function show(context: CommandContext, account: Account): Promise<CommandResult> {
  const rows = (await accessKeysOf(context.tx, account.id)).map((key) => [key.fingerprint, key.comment]);
  if (rows.length === 0)
    return {
      kind: 'reply',
      reply: say('No key opens your boxes yet. To add one:', ...HOW_TO_ADD_KEYS),
    };
  return { kind: 'reply', reply: say({ kind: 'table', head: ['key', ''], rows }) };
}

async function add(context: CommandContext, account: Account, value: string): Promise<CommandResult> {
  const parsed = parsePublicKey(value);
  if (!parsed.ok) {
    // A name typed where a dialog stood with `github:`.
    const meant = GITHUB_NAME.test(value) ? [command(`keys add github:${value}`)] : [];
    throw new Refusal(misuse(parsed.problem, ...meant, ...HOW_TO_ADD_KEYS));
  }
  return { kind: 'reply', reply: await addAll(context, account, [parsed.key]) };
}

/** Shows the keys of somebody at GitHub: whoever mistypes a name must not let a stranger in. */
async function askForGithub(context: CommandContext, account: Account, found: GithubKeys): Promise<CommandResult> {
  const { tx, secrets, now, random } = context;
  const known = new Set((await accessKeysOf(tx, account.id)).map((key) => key.fingerprint));
  const fresh = found.keys.filter((key) => !known.has(key.fingerprint));
  if (fresh.length === 0)
    return { kind: 'reply', reply: say(`All keys of github:${found.name} open your boxes already.`) };
  const target = { lines: fresh.map((key) => key.line) };
  const code = await askConfirmation(tx, secrets, { accountId: account.id, action: 'keys', target, now, random });
  const many = fresh.length === 1 ? 'this key' : `these ${fresh.length} keys`;
  const blocks: Block[] = [
    text(
      `Nothing is added yet. github:${found.name} shows ${many}. Are they yours? Whoever has one gets into your boxes.`,
    ),
    { kind: 'table', head: ['key', ''], rows: fresh.map((key) => [key.fingerprint, key.type]) },
    ...(found.unusable === 0 ? [] : [text(`Left out: ${found.unusable} of a type or strength that is not taken.`)]),
    { kind: 'confirm', question: `Add ${many} of github:${found.name}?`, command: `confirm ${code}`, label: 'Add' },
    text(`That can be answered for ${CONFIRM_MINUTES} minutes, for exactly these.`),
  ];
  return { kind: 'reply', reply: { outcome: 'failed', blocks } };
}

const targetSchema = z.object({ lines: z.array(z.string()).min(1) });

/** What `confirm` does with a code that was given out here. */
export async function keysConfirmed(context: CommandContext, target: unknown): Promise<CommandResult> {
  const keys = targetSchema
    .parse(target)
    .lines.map(parsePublicKey)
    .flatMap((parsed) => (parsed.ok ? [parsed.key] : []));
  return { kind: 'reply', reply: await addAll(context, context.account as Account, keys), private: true };
}

async function addAll(context: CommandContext, account: Account, keys: readonly PublicKey[]): Promise<Reply> {
  const known = await accessKeysOf(context.tx, account.id);
  if (known.length + keys.length > MOST_KEYS)
    throw new Refusal(
      misuse(
        `You have ${known.length} keys, and ${MOST_KEYS} is the most there can be. Remove one first:`,
        command('keys remove SHA256:…'),
      ),
    );
  const added: PublicKey[] = [];
  for (const key of keys) if (await addAccessKey(context.tx, account.id, key)) added.push(key);
  if (added.length === 0) return say(`${keys.map((key) => key.fingerprint).join(', ')} opens your boxes already.`);
  for (const { fingerprint } of added)
    await audit(context.tx, { actor: account.id, action: 'key.added', target: { fingerprint } });
  const boxes = (await liveBoxes(context.tx, account.id)).filter(
    (box) => box.desired === 'running' && box.state !== 'error',
  );
  for (const box of boxes) if (box.state === 'running') context.configure(box.id);
  return say(...added.map((key) => text(`✓ ${worksOn(key, boxes)}`)), ...caveats(added, boxes));
}

function worksOn(key: PublicKey, boxes: readonly Box[]): string {
  const name = [key.comment, key.fingerprint].filter((part) => part !== '').join(' ');
  return boxes.length === 0
    ? `${name} opens your boxes.`
    : `${name} works on ${boxes.map((box) => box.name).join(', ')} now.`;
}

function caveats(keys: readonly PublicKey[], boxes: readonly Box[]): Block[] {
  const coming = boxes.filter((box) => box.state !== 'running').map((box) => box.name);
  return [
    ...(coming.length === 0
      ? []
      : [text(`${coming.join(', ')}: still coming up; log in when it says that it is ready.`)]),
    ...(keys.every((key) => key.gatewayCanVerify)
      ? []
      : [text('Keys on a security key work at the box itself (-J or its own port), not at the SSH door.')]),
  ];
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
