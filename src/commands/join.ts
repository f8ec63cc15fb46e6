// Joining two accounts of one person: asked about on the one that goes, done once it has said yes.
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { accessKeysOf, accountById, identitiesOf } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { holdToTier } from '../store/box-settings.ts';
import { type Box, liveBoxes } from '../store/boxes.ts';
import { askConfirmation, CONFIRM_MINUTES } from '../store/confirmations.ts';
import { type LinkCode, useLinkCode } from '../store/links.ts';
import { lockBoth, lockBoxesOf, type Merge, mergeAccounts, twinNames } from '../store/merge.ts';
import { type Block, command, fail, misuse, say, text } from '../threads/reply.ts';
import type { CommandResult } from './command.ts';
import type { CommandContext } from './context.ts';
import { ReadAgain, Refusal } from './refusal.ts';
import { identityText } from './whoami.ts';

/** One of the two accounts, as people are told of it. */
interface Party {
  account: Account;
  /** The identity that speaks for it in this matter. */
  identity: string;
  boxes: readonly Box[];
}

/** Says what would happen if the asker's account were joined into the one that gave out the code, and asks. */
export async function askToJoin(context: CommandContext, asker: Account, link: LinkCode): Promise<CommandResult> {
  const { tx, speaker, now, random, secrets } = context;
  const target = await accountById(tx, link.accountId);
  if (target === undefined || target.id === asker.id)
    throw new Refusal(misuse(`That code is your own: ${asker.name} speaks here already.`, command('whoami')));
  const from = { account: asker, identity: identityText(speaker), boxes: await liveBoxes(tx, asker.id) };
  const into = { account: target, identity: link.identity, boxes: await liveBoxes(tx, target.id) };
  await refuseUnlessJoinable(context, from, into);
  const code = await askConfirmation(tx, secrets, {
    accountId: asker.id,
    action: 'join',
    target: { link: link.id, identity: link.identity, into: target.id },
    now,
    random,
  });
  const blocks: Block[] = [
    text(`Nothing is joined yet. This joins ${described(from)} into ${described(into)}, for good.`),
    ...(await consequences(context, from, into)).map(text),
    { kind: 'confirm', question: `Join ${asker.name} into ${target.name}?`, command: `confirm ${code}`, label: 'Join' },
    text(`That can be answered for ${CONFIRM_MINUTES} minutes.`),
  ];
  return { kind: 'reply', reply: { outcome: 'failed', blocks }, private: true };
}

const targetSchema = z.object({ link: z.uuid(), identity: z.string(), into: z.uuid() });

/** Locks both accounts for what `joinConfirmed` does; to be called before anything else is locked. */
export async function holdForJoin({ tx, account }: CommandContext, target: unknown): Promise<void> {
  const { into } = targetSchema.parse(target);
  const merge = { from: account?.id ?? '', into };
  if (await lockBoth(tx, merge)) return;
  const [here, there] = [await accountById(tx, merge.from), await accountById(tx, into)];
  // Both ways were confirmed at once, and the other one was first.
  if (here?.id === there?.id) throw new Refusal(misuse('The two are one account already.', command('whoami')));
  if (here?.id !== merge.from) throw new ReadAgain();
  throw new Refusal(fail('The other account was joined to a third one meanwhile. Begin anew there:', command('link')));
}

/** What `confirm` does with a code that was given out here. Both accounts are locked. */
export async function joinConfirmed(context: CommandContext, target: unknown): Promise<CommandResult> {
  const { tx, account: asker, speaker, now } = context;
  const { link, identity, into: intoId } = targetSchema.parse(target);
  const account = await accountById(tx, intoId);
  if (asker === undefined || account === undefined) throw new ReadAgain();
  // A code of an account that allows it no more, or of twins that were made since it was asked about.
  const from = { account: asker, identity: identityText(speaker), boxes: await liveBoxes(tx, asker.id) };
  const into = { account, identity, boxes: await liveBoxes(tx, account.id) };
  await refuseUnlessJoinable(context, from, into);
  if (!(await useLinkCode(tx, link, now)))
    throw new Refusal(
      misuse('The code of the other door is used, void or older than 10 minutes. Begin anew there:', command('link')),
    );
  const moved = { from: asker.id, into: account.id };
  await move(context, moved, [...from.boxes, ...into.boxes]);
  await holdToTier(tx, account.id, context.house.tiers[account.tier].idleMinutes);
  const keys = (await accessKeysOf(tx, account.id)).length;
  return {
    kind: 'reply',
    private: true,
    reply: say(
      `✓ ${from.identity} and all that was ${asker.name}'s belong to ${account.name} (${identity}) now: ${counted(from.boxes.length + into.boxes.length, 'box', 'boxes')}, ${counted(keys, 'key', 'keys')}, tier ${account.tier}.`,
      ...overLimit(context, account, from.boxes.length + into.boxes.length).map(text),
      command('list'),
    ),
  };
}

async function move(context: CommandContext, merge: Merge, boxes: readonly Box[]): Promise<void> {
  const { tx } = context;
  const jobs = await lockBoxesOf(tx, merge.from);
  if (jobs === undefined) throw new ReadAgain();
  for (const job of jobs) context.wake(job);
  await mergeAccounts(tx, merge);
  for (const box of boxes) if (box.state === 'running') context.configure(box.id);
  await audit(tx, { actor: merge.from, action: 'account.merged', target: { ...merge, command: context.commandId } });
}

async function refuseUnlessJoinable({ tx }: CommandContext, from: Party, into: Party): Promise<void> {
  if (from.account.suspendedAt !== undefined || into.account.suspendedAt !== undefined)
    throw new Refusal(fail('A suspended account cannot be joined. Ask an operator.'));
  const twins = await twinNames(tx, { from: from.account.id, into: into.account.id });
  if (twins.length === 0) return;
  throw new Refusal(
    fail(
      `Both have a box named ${twins.join(', ')}, and one person cannot have two of a name. Destroy one of them first, on either side:`,
      ...twins.slice(0, 3).map((name) => command(`destroy ${name}`)),
    ),
  );
}

/** What the asker should know before they say yes. */
async function consequences(context: CommandContext, from: Party, into: Party): Promise<string[]> {
  const identities = await identitiesOf(context.tx, from.account.id);
  const lines = [
    `Then ${identities.map(identityText).join(', ')} ${identities.length === 1 ? 'speaks' : 'speak'} for ${into.account.name}, whose tier (${into.account.tier}) and time zone (${into.account.timeZone}) stay. Keys of both open the boxes of both.`,
  ];
  if (from.account.admin && !into.account.admin)
    lines.push(
      `${from.account.name} is an operator, and that right ends: ${into.account.name} is none. To keep it, type link here and its code on the other door.`,
    );
  return [...lines, ...overLimit(context, into.account, from.boxes.length + into.boxes.length)];
}

function overLimit({ house }: CommandContext, { tier }: Account, boxes: number): string[] {
  const allowed = house.tiers[tier].boxes;
  if (allowed === null || boxes <= allowed) return [];
  return [
    `${counted(boxes, 'box', 'boxes')} are more than the ${allowed} of tier ${tier}: none is stopped, and no new one can be made.`,
  ];
}

/** `ana (slack:T1:U1, 1 box)` */
function described({ account, identity, boxes }: Party): string {
  return `${account.name} (${identity}, ${counted(boxes.length, 'box', 'boxes')})`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
