// undestroy: brings a destroyed box back with its home, as a stopped one, for as long as the home is kept.
import type { Account } from '../accounts/account.ts';
import { nextName } from '../boxes/names.ts';
import { timeText } from '../boxes/text.ts';
import { lockAccount } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { holdToTier } from '../store/box-settings.ts';
import { type Box, liveBoxes } from '../store/boxes.ts';
import { takePort, takeThisPort } from '../store/capacity.ts';
import { bringBack, type KeptBox, keptBoxes, lockKept } from '../store/kept.ts';
import { command, fail, type Reply, say } from '../threads/reply.ts';
import { defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { refuseInQuarantine } from './quarantined.ts';
import { refuseOverQuota } from './quota.ts';
import { ReadAgain, Refusal } from './refusal.ts';

export const undestroy = defineCommand({
  name: 'undestroy',
  aliases: [],
  summary: 'bring a destroyed box back with its home',
  details:
    'As long as its home is kept, which the answer to `destroy` says. It comes back as a stopped box, and counts as one again. Of several destroyed boxes of one name the last one comes back. Without a name, that of the thread, or the answer says which can.',
  examples: ['undestroy mybox', 'undestroy mybox --as mybox-2'],
  params: {
    name: { kind: 'newName', about: 'what it was called' },
    as: { kind: 'newName', flag: true, about: 'what to call it now, where the name is taken' },
  },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { name, as }) {
    const { tx, now } = context;
    const account = context.account as Account;
    await lockAccount(tx, account.id);
    const kept = await keptBoxes(tx, account.id, now);
    const found = kept.find((box) => (name === undefined ? box.homeThreadId === context.thread.id : box.name === name));
    if (found === undefined) return { kind: 'reply', reply: whatThereIs(context, account, kept, name) };
    const wanted = as ?? found.name;
    await refuseInQuarantine(tx, `${wanted} was not brought back`);
    const boxes = await liveBoxes(tx, account.id);
    refuseTaken(found, boxes, wanted);
    refuseOverQuota(context, account, boxes, `${wanted} was not brought back`);
    // Its removal may have begun since it was read.
    if ((await lockKept(tx, found.id, now)) === undefined) throw new ReadAgain();
    const sshPort = await portFor(context, found);
    const box = await bringBack(tx, found.id, { name: wanted, sshPort, now });
    if (box === undefined) throw new ReadAgain();
    await holdToTier(tx, account.id, context.house.tiers[account.tier].idleMinutes);
    await audit(tx, {
      actor: account.id,
      action: 'box.brought_back',
      target: { box: found.id, command: context.commandId },
    });
    const moved = sshPort === found.sshPort ? '' : ' Its SSH port is another one now; it is shown when it runs.';
    return {
      kind: 'reply',
      reply: say(
        `✓ ${box.name} is back, stopped, with its home and its host key.${moved} To start it:`,
        command(`start ${box.name}`),
      ),
    };
  },
});

function refuseTaken(found: KeptBox, boxes: readonly Box[], wanted: string): void {
  const names = boxes.map((box) => box.name);
  if (!names.includes(wanted)) return;
  throw new Refusal(
    fail(
      `You have a box "${wanted}" by now. To bring the other one back under another name:`,
      command(`undestroy ${found.name} --as ${nextName(found.name, names, 2)}`),
    ),
  );
}

/** The port that it had, so that what people wrote down stays right, or another. */
async function portFor({ tx, house }: CommandContext, box: KeptBox): Promise<number | null> {
  const provider = house.providers.find((one) => one.name === box.provider);
  if (provider === undefined)
    throw new Refusal(fail(`${box.name} cannot come back: this installation has no provider "${box.provider}" now.`));
  if (provider.ports === undefined) return null;
  if (box.sshPort !== null && (await takeThisPort(tx, box.id, box.provider, box.sshPort))) return box.sshPort;
  const port = await takePort(tx, box.id, box.provider, provider.ports);
  if (port !== undefined) return port;
  throw new Refusal(fail('No SSH port is free for another box. Ask an operator for more of them.'));
}

function whatThereIs(
  { now, house }: CommandContext,
  account: Account,
  kept: readonly KeptBox[],
  name: string | undefined,
): Reply {
  const missing = name === undefined ? '' : `No destroyed box "${name}" can be brought back. `;
  if (kept.length === 0) {
    const keeps =
      house.destroyKeepHours === 0
        ? 'Destroyed boxes are not kept here.'
        : `A destroyed box is kept for ${house.destroyKeepHours} h.`;
    return fail(`${missing}There is nothing to bring back. ${keeps}`, command('list'));
  }
  const newest = kept.filter((box, place) => kept.findIndex((one) => one.name === box.name) === place);
  return fail(
    `${missing}These can come back:`,
    {
      kind: 'table',
      head: ['box', 'until'],
      rows: newest.map((box) => [box.name, timeText(box.purgeAfter, now, account.timeZone)]),
    },
    ...newest.slice(0, SHOWN).map((box) => command(`undestroy ${box.name}`)),
  );
}

/** Lines to type; the table has them all. */
const SHOWN = 3;
