// Serves a simulated cloud over HTTP on loopback, so that it outlives the processes under test. Work that a call began
// is finished although its caller died or hung up, as in a real cloud.
// Alone: node test/fakes/seeded-server.ts --seed 7 --port 0 --faults standard   prints its URL and serves until SIGTERM.
import { parseArgs } from 'node:util';
import Fastify from 'fastify';
import { z } from 'zod';
import type { CallContext } from '../../src/providers/provider.ts';
import type { Verb } from './seeded-faults.ts';
import { createSeededCloud, type SeededCloud } from './seeded-provider.ts';
import {
  boxRefSchema,
  boxSpecSchema,
  endpointSchema,
  errorToWire,
  failNextSchema,
  faultsSchema,
  liveBoxRefSchema,
  snapshotRefSchema,
  toWire,
  viewSchema,
  workSchema,
} from './seeded-wire.ts';

const HOST = '127.0.0.1';

export interface SeededServer {
  url: string;
  cloud: SeededCloud;
  close(): Promise<void>;
}

/** `port` 0 takes a free one. Closing cuts all connections. */
export async function serveSeededCloud(cloud: SeededCloud, port = 0): Promise<SeededServer> {
  const app = Fastify({ forceCloseConnections: true });
  const verbs = verbsOf(cloud);

  app.post('/call/:verb', async (request, reply) => {
    const { verb } = z.object({ verb: z.string() }).parse(request.params);
    const run = Object.entries(verbs).find(([name]) => name === verb)?.[1];
    if (run === undefined) return await reply.status(404).send({ message: `No verb ${verb}.` });
    reply.type('application/json');
    try {
      return toWire({ value: await run(request.body) });
    } catch (error) {
      return toWire(errorToWire(error));
    }
  });

  app.get('/ledger', async (_request, reply) => {
    reply.type('application/json');
    return toWire(cloud.ledger.report());
  });
  app.get('/history', async (_request, reply) => {
    reply.type('application/json');
    return toWire(cloud.ledger.history());
  });
  app.post('/settled', async () => {
    await cloud.settled();
    return {};
  });
  app.post('/faults', async (request) => {
    cloud.setFaults(faultsSchema.parse(request.body));
    return {};
  });
  app.post('/fail-next', async (request) => {
    const { verb, code, times } = failNextSchema.parse(request.body);
    cloud.failNext(verb, code, times);
    return {};
  });
  app.post('/vanish', async (request) => {
    const { instanceName } = z.object({ instanceName: z.string() }).parse(request.body);
    return { vanished: cloud.vanish(instanceName) };
  });
  app.post('/work', async (request) => {
    const { instanceName, work } = workSchema.parse(request.body);
    cloud.setWork(instanceName, work);
    return {};
  });
  app.post('/plant', async (request) => {
    cloud.plant(z.object({ instanceName: z.string() }).parse(request.body).instanceName);
    return {};
  });

  const url = await app.listen({ host: HOST, port });
  return {
    url,
    cloud,
    async close() {
      cloud.close();
      await app.close();
    },
  };
}

function verbsOf(cloud: SeededCloud): Record<Verb, (body: unknown) => Promise<unknown>> {
  const provider = cloud.provider();
  // Never aborted: a caller who hangs up does not take back what it asked for.
  const context: CallContext = { signal: new AbortController().signal };
  const spec = (body: unknown) => boxSpecSchema.parse(body);
  const ref = (body: unknown) => boxRefSchema.parse(body);
  return {
    prepare: () => provider.prepare(context),
    check: () => provider.check(context),
    admit: () => provider.admit(context),
    protect: () => provider.protect(context),
    ensureHome: (body) => provider.ensureHome(spec(body), context),
    create: (body) => provider.create(spec(body), context),
    start: (body) => provider.start(spec(body), context),
    reach(body) {
      const { box, instance } = z.object({ box: boxSpecSchema, instance: viewSchema }).parse(body);
      return provider.reach(box, instance, context);
    },
    stop: (body) => provider.stop(liveBoxRefSchema.parse(body), context),
    destroy: (body) => provider.destroy(ref(body), context),
    destroyHome: (body) => provider.destroyHome(ref(body), context),
    snapshotHome(body) {
      const { box, snapshotId } = z.object({ box: liveBoxRefSchema, snapshotId: z.string() }).parse(body);
      return provider.snapshotHome(box, snapshotId, context);
    },
    snapshots: (body) => provider.snapshots(z.object({ installId: z.string() }).parse(body).installId, context),
    destroySnapshot: (body) => provider.destroySnapshot(snapshotRefSchema.parse(body), context),
    inspect: (body) => provider.inspect(ref(body), context),
    list: (body) => provider.list(z.object({ installId: z.string() }).parse(body).installId, context),
    configure: (body) => provider.configure(spec(body), context),
    measure: (body) => provider.measure(liveBoxRefSchema.parse(body), context),
    async observe(body) {
      const { boxes } = z.object({ boxes: z.array(liveBoxRefSchema) }).parse(body);
      return [...(await provider.observe(boxes, context))];
    },
    async exec(body) {
      const { box, endpoint, line } = z
        .object({ box: boxSpecSchema, endpoint: endpointSchema, line: z.string() })
        .parse(body);
      const printed: Buffer[] = [];
      const ended = await provider.exec(box, { endpoint, line, output: (data) => printed.push(data) }, context);
      return { printed: Buffer.concat(printed).toString(), ended };
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      port: { type: 'string', default: '0' },
      /** `none`, `standard`, or rates as JSON. */
      faults: { type: 'string', default: 'none' },
    },
  });
  const named = ['none', 'standard'].includes(values.faults);
  const faults = faultsSchema.parse(named ? values.faults : JSON.parse(values.faults));
  const cloud = createSeededCloud({ seed: Number(values.seed), faults });
  const server = await serveSeededCloud(cloud, Number(values.port));
  process.stdout.write(`${server.url}\n`);
  process.once('SIGTERM', () => void server.close());
  process.once('SIGINT', () => void server.close());
}

if (import.meta.main) await main();
