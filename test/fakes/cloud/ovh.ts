// OVH for tests: its Public Cloud API on loopback, with one project.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { OvhOptions } from '../../../src/providers/ovh/options.ts';
import { secret } from '../../../src/secret.ts';
import { specFile } from './contract-data.ts';
import { type OpenApiDocument, openApiDocument } from './openapi-document.ts';
import { type CloudHandler, type CloudServer, openCloudServer } from './openapi-server.ts';
import { createOvhGoods, goodsHandlers, type OvhGoods } from './ovh-goods.ts';
import { type InstanceQuirks, instanceHandlers } from './ovh-instances.ts';
import { authorize, type OvhLogin } from './ovh-login.ts';
import { volumeHandlers } from './ovh-volumes.ts';
import { createOvhWorld, type FakeInstance, notFound, type OnBoot, type OvhWorld } from './ovh-world.ts';

export interface FakeOvh {
  readonly server: CloudServer;
  readonly world: OvhWorld;
  readonly goods: OvhGoods;
  readonly quirks: InstanceQuirks;
  readonly login: OvhLogin;
  /** How much its clock is ahead of the test's. */
  readonly time: { aheadMs: number };
  /** What a driver needs to ask it. */
  readonly options: Pick<OvhOptions, 'keys' | 'project' | 'apiUrl'>;
}

export interface FakeOvhOptions {
  nowMs(): number;
  /** At once when it is left out. */
  timesFaster?: number;
  onBoot?: OnBoot;
  onHalt?: (machine: Readonly<FakeInstance>) => void;
}

const PROJECT = '0123456789abcdef0123456789abcdef';
const BASE_PATH = '/1.0';

export async function openFakeOvh(options: FakeOvhOptions): Promise<FakeOvh> {
  const { nowMs, timesFaster = Number.POSITIVE_INFINITY, onBoot, onHalt } = options;
  const world = createOvhWorld({ nowMs, timesFaster, onBoot, onHalt });
  const goods = createOvhGoods();
  const quirks: InstanceQuirks = { noRoom: new Set(), createAnswer: 'whole' };
  const grants = new Set(['GET', 'POST', 'PUT', 'DELETE']);
  const login = { applicationKey: 'app', applicationSecret: 'app-hush', consumerKey: 'con-hush', grants };
  const time = { aheadMs: 0 };
  const timeS = () => Math.floor((nowMs() + time.aheadMs) / 1000);
  const handlers: Record<string, CloudHandler> = {
    'GET /auth/time': () => ({ status: 200, body: timeS() }),
    ...goodsHandlers(goods),
    ...instanceHandlers(world, goods, quirks),
    ...volumeHandlers(world),
  };
  const server = await openCloudServer({
    document: ovhDocument(),
    basePath: BASE_PATH,
    handlers: Object.fromEntries(Object.entries(handlers).map(([route, handler]) => [route, ofProject(handler)])),
    authorize: (request) => authorize(login, timeS(), request),
  });
  /** Others are not there, and what had its time is done before anything else is. */
  function ofProject(handler: CloudHandler): CloudHandler {
    return (request) => {
      world.turn();
      const { serviceName = PROJECT } = request.params;
      return serviceName === PROJECT ? handler(request) : notFound('Project');
    };
  }
  const keys = {
    applicationKey: login.applicationKey,
    applicationSecret: secret(login.applicationSecret),
    consumerKey: secret(login.consumerKey),
  };
  const asking = { keys, project: PROJECT, apiUrl: server.url };
  return { server, world, goods, quirks, login, time, options: asking };
}

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
/** Operations that OVH has and the document leaves out: https://eu.api.ovh.com/console/, /cloud and /order. */
const NOT_IN_DOCUMENT = {
  '/cloud/project/{serviceName}/volume/{volumeId}': {
    put: {
      requestBody: json({
        type: 'object',
        properties: { name: { type: 'string' }, description: { type: 'string' } },
      }),
      responses: { 200: json({ $ref: '#/components/schemas/cloud.volume.Volume' }) },
    },
  },
  '/order/catalog/public/cloud': {
    get: {
      parameters: [{ name: 'ovhSubsidiary', in: 'query', required: true, schema: { type: 'string' } }],
      responses: { 200: json({ type: 'object', required: ['addons', 'locale'] }) },
    },
  },
};
const fileSchema = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

let document: OpenApiDocument | undefined;

/** Read once in a process; undefined where the data is not there. */
function ovhDocument(): OpenApiDocument | undefined {
  const file = specFile('ovh');
  if (file === undefined) return undefined;
  if (document !== undefined) return document;
  const given = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const added = Object.entries(NOT_IN_DOCUMENT).map(([path, item]) => [path, { ...given.paths[path], ...item }]);
  document = openApiDocument({ ...given, paths: { ...given.paths, ...Object.fromEntries(added) } });
  return document;
}
