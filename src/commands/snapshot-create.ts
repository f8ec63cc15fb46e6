// snapshot create: keeps a box's home as it is now, under a name.
import type { Account } from '../accounts/account.ts';
import { nextName } from '../boxes/names.ts';
import { jobOf } from '../queue/queues.ts';
import { lockAccount } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { insertJob } from '../store/jobs.ts';
import { insertSnapshot, type Snapshot, snapshotsOf } from '../store/snapshots.ts';
import { command, fail } from '../threads/reply.ts';
import { DOING, type Held, holdByName } from './box-jobs.ts';
import { refuseWhileBusy } from './busy.ts';
import { defineCommand } from './command.ts';
import { type CommandContext, titleOf } from './context.ts';
import { refuseInQuarantine } from './quarantined.ts';
import { Refusal } from './refusal.ts';

/** For accounts with a limit of boxes: each takes room at the provider, as much as the home has in it. */
const MOST_KEPT = 5;

export const snapshotCreate = defineCommand({
  name: 'snapshot create',
  aliases: [],
  summary: "keep a box's home as it is now",
  details: `The box may run or not. It holds the home at one moment, files alone: nothing that runs. It stays when the box is destroyed. It lies at the same provider as the box, so it is no backup against losing what lies there. Without a name it is called like the box, with a number. Each account keeps ${MOST_KEPT}; those of the unlimited tier any number.`,
  examples: ['snapshot create mybox', 'snapshot create mybox before-upgrade'],
  params: {
    box: { kind: 'box', states: ['running', 'stopped'], about: 'its name' },
    name: { kind: 'newName', about: 'what to call the snapshot; a name like those of boxes' },
  },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { box: boxName, name: wanted }) {
    const { tx, wake, commandId } = context;
    const account = context.account as Account;
    await lockAccount(tx, account.id);
    const held = await holdByName(context, boxName);
    const { box } = held;
    await refuseInQuarantine(tx, `No snapshot of ${box.name} was made`);
    refuseWithoutHome(context, held);
    const all = await snapshotsOf(tx, account.id);
    const name = pickName(all, box.name, wanted);
    refuseMore(context, account, all, box.id);
    const busy = { what: `No snapshot of ${box.name} was made`, again: `snapshot create ${box.name} ${name}` };
    await refuseWhileBusy(tx, { kind: 'snapshot', accountId: account.id, provider: box.provider }, busy);
    const { accountId, id: boxId, provider, homeGiB } = box;
    const snapshot = await insertSnapshot(tx, { accountId, boxId, name, provider, homeGiB });
    const job = jobOf('snapshot', 'command', { snapshot });
    const id = await insertJob(tx, { ...job, boxId, accountId });
    if (id === undefined) throw new Error('A job that lives beside others was not made.');
    wake({ id, queue: job.queue });
    const target = { snapshot, box: boxId, job: id, command: commandId };
    await audit(tx, { actor: accountId, action: 'snapshot.requested', target });
    return { kind: 'job', jobId: id, boxId };
  },
});

/** Whose provider cannot keep it, or that has none yet, or not for much longer. */
function refuseWithoutHome({ house }: CommandContext, { box, job }: Held): void {
  const provider = house.providers.find((one) => one.name === box.provider);
  if (provider?.takesSnapshots !== true)
    throw new Refusal(
      fail(
        `Homes at ${titleOf(house, box)} cannot be kept as snapshots. What ${box.name} is:`,
        command(`info ${box.name}`),
      ),
    );
  const doing = job?.kind === 'spinup' || job?.kind === 'destroy' ? DOING[job.kind] : undefined;
  const isNew = box.state === 'requested' || box.state === 'provisioning';
  const state = box.desired === 'destroyed' ? DOING.destroy : (doing ?? (isNew ? DOING.spinup : undefined));
  if (state !== undefined)
    throw new Refusal(
      fail(`${box.name} is ${state}; no snapshot of it was made. How far it is:`, command(`logs ${box.name}`)),
    );
}

function pickName(all: readonly Snapshot[], boxName: string, wanted: string | undefined): string {
  const names = all.map(({ name }) => name);
  if (wanted === undefined) return nextName(boxName, names, 1);
  if (!names.includes(wanted)) return wanted;
  throw new Refusal(
    fail(
      `You have a snapshot "${wanted}" already. Under another name:`,
      command(`snapshot create ${boxName} ${nextName(wanted, names, 2)}`),
    ),
  );
}

function refuseMore({ house }: CommandContext, { tier }: Account, all: readonly Snapshot[], boxId: string): void {
  const underWay = all.find((one) => one.state === 'making' && one.boxId === boxId);
  if (underWay !== undefined)
    throw new Refusal(
      fail(`Snapshot ${underWay.name} of ${underWay.boxName} is being made. Wait for it:`, command('snapshot list')),
    );
  const isLimited = house.tiers[tier].boxes !== null;
  const [oldest] = all;
  if (!isLimited || all.length < MOST_KEPT || oldest === undefined) return;
  throw new Refusal(
    fail(
      `You have ${all.length} of ${MOST_KEPT} snapshots. To make room, for example of the oldest one's:`,
      command(`snapshot delete ${oldest.name}`),
      command('snapshot list'),
    ),
  );
}
