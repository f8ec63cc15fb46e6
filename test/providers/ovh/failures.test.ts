// The classic failures at OVH, each with its code, and what is left behind by answers that never came.
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import type { ProviderErrorCode } from '../../../src/providers/provider.ts';
import { failure } from '../../contracts/provider-subject.ts';
import { INSTALL, openProject, type Project, REGION } from './project.ts';

const LIST = 'GET /cloud/project/{serviceName}/instance';
const CREATE = 'POST /cloud/project/{serviceName}/instance';

function flavors({ fake }: Project, change: (flavor: { available: boolean; region: string; name: string }) => void) {
  for (const flavor of fake.goods.flavors) change(flavor);
}

describe('a refusal of OVH', () => {
  test.each<[string, number, object | undefined, ProviderErrorCode]>([
    ['403 of the service', 403, { class: 'Client::Forbidden', message: 'hush' }, 'credentials'],
    [
      '403 of the log-in',
      403,
      { errorCode: 'NOT_CREDENTIAL', httpCode: '403 Forbidden', message: 'hush' },
      'credentials',
    ],
    ['403 without a word', 403, undefined, 'credentials'],
    ['401', 401, { message: 'hush' }, 'credentials'],
    ['404', 404, { class: 'Client::NotFound', message: 'hush' }, 'invalid'],
    ['409', 409, { class: 'Client::Conflict', message: 'hush' }, 'busy'],
    ['400 in words for that', 400, { class: 'Client::BadRequest', message: 'hush: task_state powering-on' }, 'busy'],
    ['400', 400, { class: 'Client::BadRequest', message: 'hush' }, 'invalid'],
    ['460', 460, { class: 'Client::Expired', message: 'hush' }, 'credentials'],
    ['500', 500, { class: 'Server::InternalServerError', message: 'hush' }, 'unavailable'],
    ['503', 503, undefined, 'unavailable'],
  ])('with %s keeps the vendor’s words to the log', async (_what, status, body, code) => {
    await using project = await openProject();
    project.fake.server.faults.next(LIST, { kind: 'answer', status, body });
    const error = await failure(project.cloud.machines(INSTALL, project.context));
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.remedy}`).not.toContain('hush');
    expect(error.message).toContain('OVH');
  });

  test('because of too many requests says when to come back', async () => {
    await using project = await openProject();
    const headers = { 'retry-after': '120' };
    project.fake.server.faults.next(LIST, { kind: 'answer', status: 429, headers, body: { message: 'slow down' } });
    const error = await failure(project.cloud.machines(INSTALL, project.context));
    expect(error.code).toBe('rate_limited');
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(120_000);
  });

  test('of a list is never an empty list', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    for (const body of [null, {}, [{ id: 'a' }], 'no JSON of ours']) {
      fake.server.faults.next(LIST, { kind: 'answer', status: 200, body });
      expect((await failure(cloud.machines(INSTALL, context))).code).toBe('unavailable');
    }
  });
});

describe('a project that is not there', () => {
  test('is no proof that anything in it is gone', async () => {
    await using project = await openProject();
    const { context } = project;
    const machine = await project.machine();
    const volume = await project.volume();
    const cloud = project.another({ project: 'nobodys' });
    const calls = [
      () => cloud.machine(machine.ref, context),
      () => cloud.volume(volume.ref, context),
      () => cloud.deleteMachine(machine, context),
      () => cloud.deleteVolume(volume, context),
    ];
    for (const call of calls) expect((await failure(call())).remedy).toContain('OVH_PROJECT');
    expect(await project.cloud.machines(INSTALL, context)).toHaveLength(1);
  });
});

describe('a machine that cannot be had', () => {
  test('is sold out where no fitting flavor is left, and the next region is free to be tried', async () => {
    await using project = await openProject();
    flavors(project, (flavor) => {
      flavor.available = flavor.region !== REGION;
    });
    expect((await failure(project.machine())).code).toBe('sold_out');
    expect(project.fake.world.instances.size).toBe(0);
    await project.machine({ region: 'SBG5' });
  });

  test('comes of the next family when the first has none left', async () => {
    await using project = await openProject();
    flavors(project, (flavor) => {
      flavor.available = !flavor.name.startsWith('d2');
    });
    await project.machine();
    expect([...project.fake.world.instances.values()].map(({ flavorId }) => flavorId)).toEqual(['GRA11-b3-8']);
  });

  test('is a matter of quota where there is stock', async () => {
    await using project = await openProject();
    project.fake.goods.quota.set(REGION, 0);
    const error = await failure(project.machine());
    expect(error.code).toBe('quota');
    expect(error.remedy).toContain('Quota and Regions');
  });

  test('is a matter of quota too where the last place was taken meanwhile', async () => {
    await using project = await openProject();
    const { fake } = project;
    let give = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      give = resolve;
    });
    fake.server.faults.next(CREATE, { kind: 'slow', until: () => until, when: 'before' });
    const made = failure(project.machine());
    await expect.poll(() => fake.server.requests.some(({ route }) => route === CREATE)).toBe(true);
    fake.goods.quota.set(REGION, 0);
    give();
    expect((await made).code).toBe('quota');
  });

  test('is too large for all that is sold', async () => {
    await using project = await openProject({ families: ['d2'] });
    const error = await failure(project.cloud.createMachine(project.plan({ size: 'large' }), project.context));
    expect(error.code).toBe('invalid');
    expect(error.remedy).toContain('OVH_FAMILIES');
  });

  test('has no image of that name', async () => {
    await using project = await openProject({ image: 'Debian 99' });
    const error = await failure(project.machine());
    expect(error.code).toBe('image_missing');
    expect(error.remedy).toContain('OVH_IMAGE');
  });

  test('is failed when there was no room for it after all', async () => {
    await using project = await openProject();
    project.fake.quirks.noRoom.add(REGION);
    const { ref } = await project.machine();
    expect((await project.cloud.machine(ref, project.context))?.state).toBe('failed');
  });
});

describe('an answer that never came', () => {
  test('leaves a machine that is found by its name', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const plan = project.plan();
    fake.server.faults.next(CREATE, { kind: 'cut', when: 'after' });
    expect((await failure(cloud.createMachine(plan, context))).code).toBe('timeout');
    expect((await cloud.machines(INSTALL, context)).map(({ instanceName }) => instanceName)).toEqual([
      plan.instanceName,
    ]);
  });

  test('leaves a volume and a snapshot that are found by theirs', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const boxId = uuidv7();
    fake.server.faults.next('POST /cloud/project/{serviceName}/volume', { kind: 'cut', when: 'after' });
    expect((await failure(project.volume(boxId))).code).toBe('timeout');
    const [volume] = await cloud.volumes(INSTALL, context);
    expect(volume?.boxId).toBe(boxId);
    if (volume === undefined) return;
    const snapshotId = uuidv7();
    fake.server.faults.next('POST /cloud/project/{serviceName}/volume/{volumeId}/snapshot', {
      kind: 'cut',
      when: 'after',
    });
    const taken = cloud.createSnapshot({ installId: INSTALL, snapshotId, volume }, context);
    expect((await failure(taken)).code).toBe('timeout');
    expect((await cloud.snapshots(INSTALL, context)).map((one) => one.snapshotId)).toEqual([snapshotId]);
  });

  test('leaves nothing where the request did not arrive', async () => {
    await using project = await openProject();
    project.fake.server.faults.next(CREATE, { kind: 'cut', when: 'before' });
    expect((await failure(project.machine())).code).toBe('timeout');
    expect(await project.cloud.machines(INSTALL, project.context)).toEqual([]);
  });

  test('ends soon after the caller has gone', async () => {
    await using project = await openProject();
    const gone = new AbortController();
    let give = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      give = resolve;
    });
    project.fake.server.faults.next(LIST, { kind: 'slow', until: () => until, when: 'before' });
    const listed = failure(project.cloud.machines(INSTALL, { signal: gone.signal }));
    await expect.poll(() => project.fake.server.requests.some(({ route }) => route === LIST)).toBe(true);
    gone.abort();
    expect((await listed).code).toBe('timeout');
    give();
  });
});
