// The asker's snapshots: finding one by its name, and what is said where there is none.
import type { Account } from '../accounts/account.ts';
import { type Snapshot, snapshotsOf } from '../store/snapshots.ts';
import { command, fail } from '../threads/reply.ts';
import type { CommandContext } from './context.ts';
import { Refusal } from './refusal.ts';
import { nearest } from './suggest.ts';

export type KeptSnapshot = Snapshot & { state: 'kept' };

/** The asker's snapshot of that name, which is whole; the caller has locked their account. Another account's reads exactly like none. */
export async function snapshotByName(
  { tx }: CommandContext,
  account: Pick<Account, 'id'>,
  name: string,
): Promise<KeptSnapshot> {
  const all = await snapshotsOf(tx, account.id);
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Refusal(noSuchSnapshot(name, all));
  const { state } = found;
  if (state === 'kept') return { ...found, state };
  throw new Refusal(fail(`Snapshot ${name} is being made. Wait for it:`, command('snapshot list')));
}

function noSuchSnapshot(name: string, all: readonly Snapshot[]): ReturnType<typeof fail> {
  const names = all.map((one) => one.name);
  if (names.length === 0) return fail(`No snapshot "${name}": you have none.`, command('help snapshot create'));
  const meant = nearest(name, names);
  return fail(
    `No snapshot "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`} You have: ${names.join(', ')}.`,
    command('snapshot list'),
  );
}
