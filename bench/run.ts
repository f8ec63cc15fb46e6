// `npm run bench`: measures what the project promises in figures and prints one table. BENCH_QUICK=1 takes fewer samples.
// `npm run bench -- sustained [seconds [commands a second]]`: the sustained load alone, 300 seconds for the whole of it.
// A figure that misses its limit is shown as missed; the exit status is 1 only when something broke.

import { createSeededCloud } from '../test/fakes/seeded-provider.ts';
import { serveSeededCloud } from '../test/fakes/seeded-server.ts';
import { benchAcknowledge } from './acknowledge.ts';
import { benchAutostop } from './autostop.ts';
import { startCloudService } from './cloud-service.ts';
import { benchCloudSpinup } from './cloud-spinup.ts';
import { atMost, type Figure, showTable } from './figures.ts';
import { benchHostileMail } from './hostile-mail.ts';
import { benchList } from './list.ts';
import { benchMemory } from './memory.ts';
import { benchObserve } from './observe.ts';
import { benchParse } from './parse.ts';
import { benchPlans } from './plans.ts';
import { type PrivateService, startShellbox } from './private-service.ts';
import { benchSlash } from './slash.ts';
import { BOX_PORTS, benchSpinup } from './spinup.ts';
import { benchSustained } from './sustained.ts';

const MOST_BUFFERS_APART = 2;

const quick = process.env.BENCH_QUICK === '1';
const pairs = quick ? 5 : 20;
const rounds = quick ? 1 : 4;
const listMs = quick ? 3_000 : 10_000;
const settledMs = quick ? 10_000 : 60_000;

/** Hands a service over and stops it whatever happened. */
async function over<S extends PrivateService, T>(service: S, work: (service: S) => Promise<T>): Promise<T> {
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}

function onDocker(): Promise<Figure[]> {
  return startShellbox(BOX_PORTS).then((started) =>
    over(started, async (service) => {
      const memory = await benchMemory(service, settledMs);
      return [await benchSpinup(service, pairs), memory];
    }),
  );
}

async function onSimulatedCloud(): Promise<Figure[]> {
  const server = await serveSeededCloud(createSeededCloud({ seed: 1 }));
  try {
    const acknowledge = await over(await startCloudService(server.url), (service) => benchAcknowledge(service, rounds));
    return [acknowledge, await over(await startCloudService(server.url), (service) => benchList(service, listMs))];
  } finally {
    await server.close();
  }
}

async function plans(): Promise<Figure> {
  const rows = await benchPlans();
  const apart = rows.map(({ few, many }) => Math.abs(many - few));
  const notes = rows
    .filter((_, row) => (apart[row] ?? 0) > MOST_BUFFERS_APART)
    .map(({ statement, few, many }) => `${statement} … touched ${few} buffers, then ${many}`);
  return atMost(
    `buffers apart with 10 and 10,000 boxes, worst of ${rows.length} statements`,
    Math.max(...apart),
    MOST_BUFFERS_APART,
    'buffers',
    notes,
  );
}

function grammar(): Figure {
  const { name, valueMs, limitMs } = benchParse();
  return atMost(name, valueMs, limitMs, 'ms');
}

async function everything(): Promise<Figure[]> {
  const [spinup, memory] = await onDocker();
  const cloud = await onSimulatedCloud();
  const observe = await benchObserve(quick ? { boxes: 2, rounds: 5 } : { boxes: 8, rounds: 30 });
  const inCloud = await benchCloudSpinup(quick ? 5 : 20);
  const slash = await benchSlash();
  const mail = await benchHostileMail();
  const autostop = await benchAutostop();
  return [spinup, ...cloud, inCloud, slash, mail, observe, ...autostop, memory, await plans(), grammar()].filter(
    (figure) => figure !== undefined,
  );
}

const SHORT_S = 30;
const COMMANDS_A_SECOND = 50;
const [what, length, rate] = process.argv.slice(2);
const figures =
  what === 'sustained'
    ? await benchSustained(Number(length ?? SHORT_S), Number(rate ?? COMMANDS_A_SECOND))
    : await everything();
process.stdout.write(showTable(figures));
