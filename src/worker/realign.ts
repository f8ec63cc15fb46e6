// What an older database is to learn from the world before anything is done again: one change a box, decided from rows and views alone.
import type { BoxState, DesiredState } from '../boxes/states.ts';
import type { InstanceView } from '../providers/provider.ts';
import { isOurs } from './reap-plan.ts';

/** A box as the database has it. */
export interface Remembered {
  id: string;
  name: string;
  state: BoxState;
  desired: DesiredState;
  incarnation: number;
  /** Without its host key a destroyed box cannot come back. */
  hasHostKey: boolean;
}

export type Change = { box: Remembered } & (
  | { kind: 'adopt' | 'revive' | 'align'; instance: InstanceView }
  /** It has no instance any more, or not yet; nothing is made until its owner starts it. */
  | { kind: 'missing' }
);

/**
 * `found` holds what a certain list showed and what was found by asking for each box's own instance, because a list may lag. The newest
 * instance of a box is the box: two would share its home.
 */
export function realign(installId: string, boxes: readonly Remembered[], found: readonly InstanceView[]): Change[] {
  const newest = new Map<string, InstanceView>();
  for (const instance of found.filter((one) => isOurs(one, installId))) {
    const known = newest.get(instance.boxId);
    if (known === undefined || known.incarnation < instance.incarnation) newest.set(instance.boxId, instance);
  }
  return boxes.flatMap((box) => changeOf(box, newest.get(box.id)) ?? []);
}

function changeOf(box: Remembered, instance: InstanceView | undefined): Change | undefined {
  if (box.state === 'destroyed') {
    // A destroyed box comes back under a new incarnation; of one that was made before, a late call made this.
    const isBack = instance !== undefined && instance.incarnation > box.incarnation && box.hasHostKey;
    return isBack ? { kind: 'revive', box, instance } : undefined;
  }
  if (instance === undefined) return box.state === 'error' ? undefined : { kind: 'missing', box };
  if (instance.incarnation !== box.incarnation) return { kind: 'adopt', box, instance };
  const state = stateOf(instance);
  return box.state === state && box.desired === state ? undefined : { kind: 'align', box, instance };
}

export function stateOf({ running }: InstanceView): 'running' | 'stopped' {
  return running ? 'running' : 'stopped';
}

/** For operators, in one sentence. */
export function sentenceOf(change: Change): string {
  const { box } = change;
  if (change.kind === 'missing')
    return `${box.name} (${box.id}) has no instance: it will be in error until its owner starts or destroys it.`;
  const { incarnation } = change.instance;
  const state = stateOf(change.instance);
  if (change.kind === 'adopt')
    return `${box.name} (${box.id}) is at incarnation ${incarnation} there, ${box.incarnation} here: it will be ${state} at ${incarnation}.`;
  if (change.kind === 'revive')
    return `${box.name} (${box.id}) is destroyed here and ${state} there: it will be ${state}.`;
  return `${box.name} (${box.id}) is ${box.state} here and ${state} there: it will be ${state}.`;
}
