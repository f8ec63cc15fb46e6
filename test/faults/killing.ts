// Processes of the laboratory are killed, at a moment or for what they did or hold, and others take their places.
import { setTimeout as delay } from 'node:timers/promises';
import { GATEWAY_LEASE } from '../../src/bots/discord/gateway.ts';
import { eventually } from '../support/eventually.ts';
import type { Laboratory } from './laboratory.ts';
import type { Member } from './member.ts';

const SOON_MS = 400;
const HELD_MS = 30_000;

/** Kills a process of this role within a moment; `random` says when. */
export async function killSoon(lab: Laboratory, role: Member['role'], random: () => number): Promise<void> {
  await delay(random() * SOON_MS);
  const victim = lab.members().find((member) => member.role === role);
  if (victim !== undefined) await replace(lab, victim);
}

/** All bots die once the platform has done something, before they hear of that. */
export async function killBotsWhen(lab: Laboratory, done: Promise<void>): Promise<void> {
  await done;
  const bots = lab.members().filter(({ role }) => role === 'bots');
  await Promise.all(bots.map((member) => replace(lab, member)));
}

/** Kills the process that hears what Discord's people say, within a moment or at once. */
export async function killGatewayHolder(lab: Laboratory, random: () => number = () => 0): Promise<void> {
  await delay(random() * SOON_MS);
  const living = async () => {
    const [lease] = await lab.sql<{ holder: string }>('SELECT holder FROM leases WHERE name = $1', [GATEWAY_LEASE]);
    return lab.members().find(({ holder }) => holder === lease?.holder);
  };
  await replace(lab, await eventually('a holder of the gateway', living, HELD_MS));
}

async function replace(lab: Laboratory, member: Member): Promise<void> {
  member.kill('SIGKILL');
  await member.gone;
  await lab.launch(member.role);
}
