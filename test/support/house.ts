// A whole house in this process: bots, worker and reconciler over a real database and Redis, a chat platform and a seeded cloud.
import { Client } from 'pg';
import type { Door } from '../../src/bots/door.ts';
import type { SignUp } from '../../src/commands/admit.ts';
import { startBotsRole } from '../../src/roles/bots.ts';
import { type HouseServices, type HouseSettings, openHouse, type Running } from '../../src/roles/house.ts';
import type { Timings } from '../../src/roles/timings.ts';
import { startWorkerRole } from '../../src/roles/worker.ts';
import { type Chat, startChat } from '../fakes/chat.ts';
import { type ChatDoor, createChatDoor } from '../fakes/chat-door.ts';
import type { Traits } from '../fakes/seeded-driver.ts';
import { createSeededCloud, type SeededCloud } from '../fakes/seeded-provider.ts';
import { FAST, houseSettings } from '../fakes/service.ts';
import { eventually } from './eventually.ts';
import { type Gates, withGates } from './gates.ts';
import { type Servers, startServers } from './postgres.ts';

/** Never comes round during a test. */
export const NEVER_MS = 3_600_000;
/**
 * No round of the house repairs anything: what a test sees was done by what it asked for. Nobody would revive a job whose lease
 * ran out, so leases outlast a busy machine.
 */
export const UNREPAIRED: Partial<Timings> = { reconcileMs: NEVER_MS, leaseMs: 6000 };

export interface Asked {
  thread: string;
  /** The text of the one final answer. */
  answer: Promise<string>;
}

export interface TestHouse {
  servers: Servers;
  chat: Chat;
  cloud: SeededCloud;
  /** Of the first process; the worker and the bots share them. */
  services: HouseServices;
  hold: Gates['hold'];
  /** Types a line and waits for its final answer. */
  say(person: string, line: string, options?: { thread?: string }): Promise<string>;
  /** Types a line; resolves once it is acknowledged. */
  ask(person: string, line: string, options?: { thread?: string; copies?: number }): Promise<Asked>;
  sql<T extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]>;
  /** Moves what the house takes for the present, by so much from now. */
  passTime(ms: number): void;
  /** One more bots process over the same database, in this process. */
  addBots(): Promise<void>;
  startWorker(): Promise<Running>;
  close(): Promise<void>;
}

export interface HouseOptions {
  timings?: Partial<Timings>;
  settings?: Partial<Omit<HouseSettings, 'timings'>>;
  signUp?: SignUp;
  /** Further doors of each bots process, beside that of the chat. */
  doors?: (services: HouseServices) => readonly Door[];
  githubUrl?: string;
  /** Default true. */
  worker?: boolean;
  /** How long an answer may take: a minute, where nothing is slow. */
  answerMs?: number;
  traits?: Partial<Omit<Traits, 'name' | 'title'>>;
}

const ANSWER_MS = 60_000;

export async function openTestHouse(options: HouseOptions = {}): Promise<TestHouse> {
  const servers = await startServers();
  const cloud = createSeededCloud({ seed: 1, ...(options.traits === undefined ? {} : { traits: options.traits }) });
  const gates = withGates(cloud.provider());
  const closing = new AbortController();
  const doors: ChatDoor[] = [];
  const chat = await startChat(() => doors.map((door) => door.inbound()), closing.signal);
  const database = new Client({ connectionString: servers.databaseUrl });
  await database.connect();
  const settings: HouseSettings = {
    ...houseSettings({ ...servers, cloud: '', chat: chat.url, log: process.env.LAB_LOG ?? 'silent' }),
    providers: () => [gates.provider],
    ...options.settings,
    timings: { ...FAST, ...options.timings },
  };
  let lateMs = 0;
  const opened: HouseServices[] = [];
  const running: Running[] = [];
  const github = options.githubUrl === undefined ? {} : { githubUrl: options.githubUrl };
  const signUp = options.signUp ?? { mayJoin: () => true };

  async function services(): Promise<HouseServices> {
    const made = {
      ...(await openHouse(settings)),
      now: () => new Date(Date.now() + lateMs),
      steadyMs: () => performance.now() + lateMs,
    };
    opened.push(made);
    return made;
  }
  async function addBots(own?: HouseServices): Promise<void> {
    const door = createChatDoor(chat.url);
    const house = own ?? (await services());
    const all = [door, ...(options.doors?.(house) ?? [])];
    running.push(await startBotsRole(house, { doors: all, signUp, ...github }));
    doors.push(door);
  }
  async function startWorker(own?: HouseServices): Promise<Running> {
    const worker = await startWorkerRole(own ?? (await services()));
    running.push(worker);
    return worker;
  }
  const first = await services();
  await addBots(first);
  if (options.worker !== false) await startWorker(first);

  const house: TestHouse = {
    servers,
    chat,
    cloud,
    services: first,
    hold: gates.hold,
    async ask(person, line, where = {}) {
      const before = where.thread === undefined ? 0 : finals(where.thread).length;
      const thread = await chat.type(person, line, where);
      return {
        thread,
        answer: eventually(`an answer to "${line}"`, () => finals(thread)[before]?.text, options.answerMs ?? ANSWER_MS),
      };
    },
    async say(person, line, where = {}) {
      return (await house.ask(person, line, where)).answer;
    },
    async sql<T extends object>(text: string, values: unknown[] = []) {
      return (await database.query<T>(text, values)).rows;
    },
    passTime(ms) {
      lateMs += ms;
    },
    addBots: () => addBots(),
    startWorker: () => startWorker(),
    async close() {
      closing.abort();
      await Promise.all(running.map((role) => role.stop()));
      await Promise.all(opened.map((one) => one.close()));
      await database.end();
      await chat.close();
      cloud.close();
      await servers.stop();
    },
  };
  return house;

  function finals(thread: string) {
    return chat.messages(thread).filter((message) => message.kind === 'final');
  }
}
