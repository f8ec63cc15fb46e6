// How long a spinup takes from the typed command to a log-in into the new box, beside the floor, in interleaved pairs.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atMost, type Figure, percentile, rounded } from './figures.ts';
import { type FloorTimes, measureFloor } from './floor.ts';
import { sshTrue } from './open-ssh.ts';
import { logIn, must, type Person, wallClock } from './person.ts';
import type { PrivateService } from './private-service.ts';

const MOST_OF_FLOOR = 1.15;
/** Below the ports that the kernel gives to clients. */
export const BOX_PORTS = { first: 30_000, last: 30_999 };
const FLOOR_PORT = 31_000;
/** The first of each is slower for reasons that both share: cold caches. */
const WARM_UPS = 2;

interface SpinupTimes {
  totalMs: number;
  answerMs: number;
  sshMs: number;
}

/** `service` stands over the real engine. */
export async function benchSpinup(service: PrivateService, pairs: number): Promise<Figure> {
  const { dataDir, installId } = service;
  const person = await logIn(service.port, service.hostKey);
  const identity = join(dataDir, 'bench-key');
  await writeFile(identity, person.privateKey.reveal(), { mode: 0o600 });
  const floor = () =>
    measureFloor({
      installId,
      dataDir,
      port: FLOOR_PORT,
      identity,
      publicKey: person.publicKey,
    });
  const spinups: SpinupTimes[] = [];
  const floors: FloorTimes[] = [];
  try {
    for (let pair = -WARM_UPS; pair < pairs; pair++) {
      const order = pair % 2 === 0;
      const before = order ? undefined : await floor();
      const spinup = await spinUpAndLogIn(person, dataDir, identity, `pair-${pair + WARM_UPS}`);
      const beside = before ?? (await floor());
      if (pair < 0) continue;
      spinups.push(spinup);
      floors.push(beside);
    }
  } finally {
    person.hangUp();
  }
  const middle = <T>(times: readonly T[], part: (time: T) => number): number => percentile(times.map(part), 0.5);
  const floorMs = middle(floors, (time) => time.totalMs);
  const notes = [
    `floor ${rounded(floorMs)} ms: home ${rounded(middle(floors, (time) => time.homeMs))}, keys ${rounded(middle(floors, (time) => time.keysMs))}, ` +
      `create ${rounded(middle(floors, (time) => time.createMs))}, start ${rounded(middle(floors, (time) => time.startMs))}, ssh ${rounded(middle(floors, (time) => time.sshMs))}`,
    `spinup: answer ${rounded(middle(spinups, (time) => time.answerMs))} ms, ssh ${rounded(middle(spinups, (time) => time.sshMs))} ms; p50 of ${pairs} pairs`,
    `median of the pairs' own ratios ${percentile(
      spinups.map((time, pair) => time.totalMs / (floors[pair]?.totalMs ?? Number.NaN)),
      0.5,
    ).toFixed(2)}`,
  ];
  const name = 'spinup to ssh, p50';
  return atMost(
    name,
    middle(spinups, (time) => time.totalMs),
    floorMs * MOST_OF_FLOOR,
    'ms',
    notes,
  );
}

/** Spins a box up, logs in as its answer says, and destroys it. */
async function spinUpAndLogIn(person: Person, dataDir: string, identity: string, name: string): Promise<SpinupTimes> {
  const began = wallClock();
  const { out } = await must(person, `spinup ${name}`);
  const answered = wallClock();
  const [, port, user, host] = /^\s*ssh -p (\d+) (\S+)@(\S+)$/m.exec(out) ?? [];
  const line = /^\s*(\[\S+\]:\d+ ssh-ed25519 \S+)$/m.exec(out)?.[1];
  if (port === undefined || user === undefined || host === undefined || line === undefined) {
    throw new Error(`The answer holds no way into the box:\n${out}`);
  }
  const knownHosts = join(dataDir, `known-${name}`);
  await writeFile(knownHosts, `${line}\n`);
  const status = await sshTrue({ host, port: Number(port), user, identity, knownHosts });
  const ended = wallClock();
  await must(person, `destroy ${name} --yes`);
  if (status !== 0) throw new Error(`ssh into ${name} ended with status ${status}.`);
  return { totalMs: ended - began, answerMs: answered - began, sshMs: ended - answered };
}
