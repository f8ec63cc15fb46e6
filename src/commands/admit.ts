// Who is asking, and may they: finds or makes the account of a proven speaker, and holds back what is not for them.
import type { Account } from '../accounts/account.ts';
import { parsePublicKey } from '../accounts/keys.ts';
import { isTimeZone } from '../accounts/time-zone.ts';
import { accountOf, addAccessKey, holdAccountOf, signUp } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import type { Tx } from '../store/database.ts';
import { followTimeZone } from '../store/preferences.ts';
import type { Speaker } from '../threads/arrival.ts';
import { type Block, command, fail, type Reply, text } from '../threads/reply.ts';
import type { Command } from './command.ts';
import type { House } from './context.ts';
import { whereToSignUp } from './sign-up.ts';
import { identityText } from './whoami.ts';

/** Who gets a free account by the first command, by door: everybody, nobody, or the named tenants and domains. */
export interface SignUp {
  mayJoin(speaker: Speaker): boolean;
}

export interface Admitted {
  account: Account | undefined;
  /** What to say before the first answer to somebody new. */
  greeting: readonly Block[];
  /** Undefined when the command may run. */
  refusal: Reply | undefined;
}

/** Only a command that needs an account makes one: who asks for help, or links, is not signed up. */
export async function admitSpeaker(
  tx: Tx,
  speaker: Speaker,
  command: Command | undefined,
  policy: SignUp,
  house: House,
): Promise<Admitted> {
  const holds = command !== undefined && !command.readOnly && command.joinsAccounts !== true;
  const known = await (holds ? holdAccountOf : accountOf)(tx, speaker);
  const isAdmin = isNamedAdmin(speaker, house);
  const needed = command !== undefined && command.audience !== 'key';
  const joined =
    known === undefined && needed && (isAdmin || policy.mayJoin(speaker))
      ? await join(tx, speaker, house, isAdmin)
      : undefined;
  const found = known !== undefined && holds ? await inTheirZone(tx, known, speaker) : (known ?? joined);
  const who = speaker.publicKey === undefined ? `Welcome, ${speaker.display}` : `New key ${speaker.subject}`;
  const greeting = joined ? [text(`${who}: ${joined.tier} account made.`)] : [];
  return { ...admitAccount(found, speaker, command, house), greeting };
}

/** The account in the time zone that the door says the person lives by, unless they chose one. */
export async function inTheirZone(tx: Tx, account: Account, { timeZone }: Speaker): Promise<Account> {
  if (timeZone === undefined || timeZone === account.timeZone || !isTimeZone(timeZone)) return account;
  return (await followTimeZone(tx, account.id, timeZone)) ? { ...account, timeZone } : account;
}

/** The same for somebody whose account, if any, is known already; makes none. */
export function admitAccount(
  found: Account | undefined,
  speaker: Speaker,
  command: Command | undefined,
  house: House,
): Omit<Admitted, 'greeting'> {
  const account = found && { ...found, admin: found.admin || isNamedAdmin(speaker, house) };
  return { account, refusal: command && refusalFor(command, account, speaker, house) };
}

/** An operator whom the speaker can reach: best one of the same door and tenant. */
export function whomToAsk(
  { admins }: Pick<House, 'admins'>,
  { door, tenant }: Pick<Speaker, 'door' | 'tenant'>,
): string {
  const near = [identityText({ door, tenant, subject: '' }), door].map((place) => `${place}:`);
  const found = near
    .map((place) => admins.find((admin) => admin.startsWith(place)))
    .find((admin) => admin !== undefined);
  // An address says by itself where they are.
  return (found ?? admins[0] ?? 'an operator').replace(/^email:/, '');
}

function isNamedAdmin(speaker: Speaker, house: House): boolean {
  return house.admins.includes(identityText(speaker));
}

function zoneOf({ timeZone }: Speaker): string | undefined {
  return timeZone !== undefined && isTimeZone(timeZone) ? timeZone : undefined;
}

/** A key that signed is also listed as an access key: who signs up over SSH can log in to what they make. */
async function join(tx: Tx, speaker: Speaker, house: House, admin: boolean): Promise<Account> {
  const { account, made } = await signUp(tx, speaker, { timeZone: zoneOf(speaker) ?? house.defaultTimeZone, admin });
  if (made) {
    await audit(tx, { actor: account.id, action: 'account.made', target: { account: account.id, door: speaker.door } });
    const key = speaker.publicKey === undefined ? undefined : parsePublicKey(speaker.publicKey);
    if (key?.ok) await addAccessKey(tx, account.id, key.key);
  }
  return account;
}

function refusalFor(wanted: Command, account: Account | undefined, speaker: Speaker, house: House): Reply | undefined {
  if (wanted.audience === 'key') return undefined;
  if (account === undefined) {
    const elsewhere = whereToSignUp(speaker);
    return fail(
      ...(elsewhere === undefined ? [] : [elsewhere]),
      `${speaker.subject} has no account here, and sign-up is closed. Ask ${whomToAsk(house, speaker)}, and tell them: ${identityText(speaker)}`,
      'If you have an account on another door, type `link` there and then here:',
      command('link <code>'),
    );
  }
  if (account.suspendedAt !== undefined)
    return fail('Your account is suspended. Your boxes are kept. Ask an operator.');
  if (wanted.audience === 'admin' && !account.admin) return fail(`"${wanted.name}" is for operators.`, command('help'));
  return undefined;
}
