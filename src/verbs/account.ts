// account: people's tiers and rights, from the machine itself.
import type { Account } from '../accounts/account.ts';
import { TIER_NAMES, type TierName } from '../boxes/sizes.ts';
import { changeTier, type TierRules } from '../commands/change-tier.ts';
import { nearest } from '../commands/suggest.ts';
import { identityText } from '../commands/whoami.ts';
import { secretTexts } from '../config/secret-texts.ts';
import { ShellboxError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { accessKeysOf, changeAccount, findAccounts, identitiesOf, listAccounts } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { type Database, openDatabase, type Tx } from '../store/database.ts';
import { newId } from '../store/ids.ts';
import { shown } from '../threads/shown.ts';
import { migrateDatabase, requireMigrated } from './database-errors.ts';
import { findInstallation } from './servers.ts';
import type { Run, Surroundings } from './verb.ts';

const MOST_LISTED = 1000;
type Action = (db: Database, words: readonly string[], out: Surroundings['out'], rules: TierRules) => Promise<void>;

/** Each with the line to type, and how many words follow its name. */
const ACTIONS: Readonly<Record<string, { form: string; words: number; run: Action }>> = {
  list: { form: 'list', words: 0, run: list },
  show: { form: 'show <who>', words: 1, run: show },
  tier: { form: `tier <who> <${TIER_NAMES.join('|')}>`, words: 2, run: setTier },
  admin: { form: 'admin <who> <on|off>', words: 2, run: setAdmin },
};
const WHO = '<who> is a name or an id of "shellbox account list", or an identity as whoami prints it.';

export const runAccount: Run = async (words, around) => {
  const [name = '', ...rest] = words;
  const action = ACTIONS[name];
  if (action === undefined) throw unknownAction(name);
  if (rest.length !== action.words)
    throw new ShellboxError('usage', `"account ${name}" takes ${wordCount(action.words)}, not ${rest.length}.`, {
      remedy: `Usage: shellbox account ${action.form}\n${WHO}`,
    });
  const config = await around.config();
  const logger = createLogger({ level: 'error', secrets: secretTexts(config) });
  await using stack = new AsyncDisposableStack();
  const servers = await findInstallation({ config, logger, signal: around.stopSignal(), stack });
  await (servers.own ? migrateDatabase : requireMigrated)(servers.databaseUrl);
  const db = openDatabase(servers.databaseUrl, 1);
  stack.defer(db.close);
  await action.run(db, rest, around.out, config);
  return 0;
};

function wordCount(count: number): string {
  return count === 0 ? 'no further words' : count === 1 ? '1 further word' : `${count} further words`;
}

function unknownAction(name: string): ShellboxError {
  const meant = nearest(name, Object.keys(ACTIONS));
  const message =
    name === '' ? '"account" needs a word that says what to do.' : `There is no "account ${shown(name)}".`;
  return new ShellboxError('usage', message, {
    remedy: meant === undefined ? 'shellbox account --help' : `Did you mean:  shellbox account ${meant}`,
  });
}

async function list(db: Database, _words: readonly string[], out: Surroundings['out']): Promise<void> {
  const accounts = await listAccounts(db.tx, MOST_LISTED);
  const width = Math.max(0, ...accounts.map(({ name }) => name.length));
  for (const one of accounts) out(`${one.id}  ${one.name.padEnd(width)}  ${standing(one)}`);
  if (accounts.length === 0)
    out('Nobody has an account yet. People get one by their first command, where sign-up is open.');
  if (accounts.length === MOST_LISTED) out(`The first ${MOST_LISTED} are shown.`);
}

async function show(db: Database, [who = '']: readonly string[], out: Surroundings['out']): Promise<void> {
  const found = await one(db, who);
  out(`${found.name}  ${standing(found)}  ${found.timeZone}`);
  out(`  id        ${found.id}`);
  for (const identity of await identitiesOf(db.tx, found.id)) out(`  identity  ${identityText(identity)}`);
  for (const key of await accessKeysOf(db.tx, found.id)) out(`  key       ${key.fingerprint} ${key.comment}`.trimEnd());
}

async function setTier(
  db: Database,
  [who = '', tier = '']: readonly string[],
  out: Surroundings['out'],
  rules: TierRules,
): Promise<void> {
  const wanted = TIER_NAMES.find((name) => name === tier);
  if (wanted === undefined)
    throw new ShellboxError('usage', `There is no tier "${shown(tier)}".`, {
      remedy: `Tiers: ${TIER_NAMES.join(', ')}.`,
    });
  const found = await one(db, who);
  await change(db, found, {
    wanted: { tier: wanted },
    action: 'account.tier_set',
    target: { tier: wanted },
    tell: async (tx) => {
      if (found.tier !== wanted) await changeTier(tx, rules, found, { tier: wanted, event: `tier:${newId()}` });
    },
  });
  out(
    `✓ ${found.name}: ${found.tier} → ${wanted}. The new tier counts from their next command on; boxes they have keep their size.`,
  );
}

async function setAdmin(
  db: Database,
  [who = '', word = '']: readonly string[],
  out: Surroundings['out'],
): Promise<void> {
  if (word !== 'on' && word !== 'off')
    throw new ShellboxError('usage', `"${shown(word)}" is neither on nor off.`, {
      remedy: `shellbox account admin ${shown(who)} on`,
    });
  const found = await one(db, who);
  const admin = word === 'on';
  await change(db, found, { wanted: { admin }, action: admin ? 'account.admin_given' : 'account.admin_taken' });
  out(`✓ ${found.name} is ${admin ? 'an operator now' : 'no longer an operator'}.`);
}

interface Change {
  wanted: { tier?: TierName; admin?: boolean };
  action: string;
  target?: Readonly<Record<string, string>>;
  /** Tells the person of it. */
  tell?: (tx: Tx) => Promise<void>;
}

async function change(db: Database, { id }: Account, { wanted, action, target, tell }: Change): Promise<void> {
  await db.transaction(async (tx) => {
    await changeAccount(tx, id, wanted);
    await audit(tx, { actor: 'system', action, target: { account: id, ...target } });
    await tell?.(tx);
  });
}

async function one(db: Database, who: string): Promise<Account> {
  const [found, ...others] = await findAccounts(db.tx, who);
  if (found === undefined)
    throw new ShellboxError('account_unknown', `No account "${shown(who)}".`, {
      remedy: 'Who there is:  shellbox account list',
    });
  if (others.length > 0)
    throw new ShellboxError('account_ambiguous', `${others.length + 1} accounts are called "${who}".`, {
      remedy: `Name one by its id: ${[found, ...others].map(({ id }) => id).join(', ')}`,
    });
  return found;
}

function standing({ tier, admin, suspendedAt }: Account): string {
  return [tier, ...(admin ? ['operator'] : []), ...(suspendedAt ? ['suspended'] : [])].join(' · ');
}
