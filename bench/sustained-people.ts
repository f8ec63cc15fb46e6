// Accounts that ask over every door, each with kept SSH connections: how soon each command was acknowledged.
import { setTimeout as delay } from 'node:timers/promises';
import { createTransport, type Transporter } from 'nodemailer';
import { logIn, type Person } from './person.ts';
import type { SustainedHouse } from './sustained-house.ts';
import { ADDRESS } from './sustained-service.ts';

export const DOORS = ['ssh', 'chat', 'slack', 'discord', 'email'] as const;
export type AskedDoor = (typeof DOORS)[number];

export interface Acknowledged {
  door: AskedDoor;
  /** By the wall clock, milliseconds. */
  askedAt: number;
  ackMs: number;
}

export interface Asker {
  name: string;
  accountId: string;
  /** Asks on that door; resolves once it is acknowledged. Over SSH once it is answered: see `acknowledged`. */
  ask(door: AskedDoor, line: string): Promise<void>;
  /** The next step in the life of one of its boxes, over SSH; of a box that is idle. */
  live(): Promise<void>;
  /** What was measured. */
  acknowledged(): readonly Acknowledged[];
  hangUp(): void;
}

/** SSH connections of each: on one, the door takes 64 commands at a time. */
const KEPT = 3;
const LIFE = ['spinup', 'stop', 'start', 'destroy'] as const;
const SETTLE_MS = 30_000;
const LOOK_MS = 100;
const wall = (): number => performance.timeOrigin + performance.now();

/** Somebody whose identities on all doors are one account, with a box of the name `home` and no limit on further ones. */
export async function openAsker(house: SustainedHouse, name: string, channel: number): Promise<Asker> {
  const person = await logIn(house.sshPort, house.hostKey, KEPT);
  const slack = house.slack.user(name);
  const discord = house.discord.user(name);
  const channels = { slack: house.slack.addChannel(`room-${channel}`).id, discord: `#room-${channel}` };
  house.discord.addChannel(`room-${channel}`);
  const mails = createTransport({ host: '127.0.0.1', port: house.smtpPort, ignoreTLS: true, pool: true });
  const measured: Acknowledged[] = [];
  const ssh: { line: string; askedAt: number }[] = [];
  const slots: { step: number; busy: boolean }[] = [];

  async function timed(door: AskedDoor, work: () => Promise<unknown>): Promise<void> {
    const askedAt = wall();
    await work();
    measured.push({ door, askedAt, ackMs: wall() - askedAt });
  }
  const type = async (line: string): Promise<void> => {
    ssh.push({ line, askedAt: wall() });
    const { status, err } = await person.type(line);
    if (status !== 0) throw new Error(`"${line}" by ${name} ended with status ${status}: ${err}`);
  };
  const ways: Record<AskedDoor, (line: string) => Promise<void>> = {
    ssh: type,
    chat: (line) => timed('chat', () => house.chat.type(name, line)),
    slack: (line) =>
      timed('slack', () => mustBeOk(slack.types(`/shellbox ${line}`, { channel: channels.slack }).acknowledged())),
    discord: (line) => {
      const [verb = '', box] = line.split(' ');
      const act = discord.runs(verb, box === undefined ? {} : { box }, { channel: channels.discord });
      return timed('discord', () => mustBeOk(act.acknowledged()));
    },
    email: (line) => timed('email', () => send(mails, `${name}@people.example`, line)),
  };

  for (const door of DOORS) await ways[door]('list');
  const accountId = await joined(house, name, person);
  await type('spinup home');
  ssh.length = 0;
  measured.length = 0;

  return {
    name,
    accountId,
    ask: (door, line) => ways[door](line),
    async live() {
      let place = slots.findIndex(({ busy }) => !busy);
      if (place === -1) place = slots.push({ step: 0, busy: false }) - 1;
      const slot = slots[place];
      if (slot === undefined) return;
      const verb = LIFE[slot.step % LIFE.length] ?? 'list';
      slot.step += 1;
      slot.busy = true;
      await type(`${verb} box-${place}${verb === 'destroy' ? ' --yes' : ''}`);
      slot.busy = false;
    },
    acknowledged() {
      const lines = Map.groupBy(ssh, ({ line }) => line);
      const overSsh = [...lines].flatMap(([line, asked]) => {
        // What was asked before the load was measured came first.
        const all = house.written(person.fingerprint, line).slice(-asked.length);
        return asked.map(({ askedAt }, n) => ({
          door: 'ssh' as const,
          askedAt,
          ackMs: (all[n] ?? Number.NaN) - askedAt,
        }));
      });
      return [...measured, ...overSsh];
    },
    hangUp() {
      person.hangUp();
      mails.close();
    },
  };
}

async function mustBeOk(acknowledged: Promise<{ ok: boolean }>): Promise<void> {
  if (!(await acknowledged).ok) throw new Error('A platform was not acknowledged in time.');
}

let mailed = 0;

async function send(mails: Transporter, from: string, line: string): Promise<void> {
  mailed += 1;
  const head = [`From: ${from}`, `To: ${ADDRESS}`, `Subject: ${line}`, `Message-ID: <${mailed}.${from}>`];
  const raw = `${[...head, `Date: ${new Date().toUTCString()}`, '', line].join('\r\n')}\r\n`;
  await mails.sendMail({ envelope: { from, to: ADDRESS }, raw });
}

/** Makes the identities of that person one account, as `link` would, of the highest tier; its id. */
async function joined(house: SustainedHouse, name: string, { fingerprint }: Person): Promise<string> {
  const people = `SELECT account_id AS id FROM identities WHERE display LIKE $1 || '%' OR subject LIKE $1 || '%' OR subject = $2 ORDER BY door = 'ssh' DESC`;
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    const all = await house.sql<{ id: string }>(people, [name, fingerprint]);
    const [first] = all;
    if (first !== undefined && all.length === DOORS.length) {
      const ids = all.map(({ id }) => id);
      await house.sql('UPDATE identities SET account_id = $1 WHERE account_id = ANY($2)', [first.id, ids]);
      await house.sql(`UPDATE accounts SET tier = 'unlimited' WHERE id = $1`, [first.id]);
      return first.id;
    }
    if (performance.now() > deadline)
      throw new Error(`${all.length} of ${DOORS.length} identities of ${name} are there.`);
    await delay(LOOK_MS);
  }
}
