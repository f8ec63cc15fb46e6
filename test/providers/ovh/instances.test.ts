// Machines at OVH: what becomes of instances under each call, and which of them are Shellbox's.
import { v7 as uuidv7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import type { Machine, MachineState } from '../../../src/providers/shared/cloud/cloud.ts';
import { failure } from '../../contracts/provider-subject.ts';
import { specFile } from '../../fakes/cloud/contract-data.ts';
import type { FakeInstance } from '../../fakes/cloud/ovh-world.ts';
import { asked, INSTALL, openProject, REGION } from './project.ts';

const SLOW = { timesFaster: 1 };

describe('a machine at OVH', () => {
  test('is made of the smallest flavor that fits and the newest image, paid by the hour', async () => {
    await using project = await openProject();
    const { fake, cloud, context } = project;
    const plan = project.plan({ userData: '#cloud-config\nhostname: é\n' });
    const made = await cloud.createMachine(plan, context);
    const [instance] = fake.world.instances.values();
    expect(instance).toMatchObject({
      name: plan.instanceName,
      region: REGION,
      flavorId: 'GRA11-d2-4',
      imageId: 'GRA11-Debian-12-2024-02-12',
      userData: plan.userData,
    });
    expect(made).toEqual({
      boxId: plan.boxId,
      incarnation: 1,
      instanceName: plan.instanceName,
      ref: instance?.id,
      state: 'running',
      region: REGION,
      createdAt: new Date(project.clock.nowMs()),
      address: '192.0.2.1',
      volumes: [],
    });
    const [sent] = fake.server.requests.filter(({ route }) => route.endsWith('/instance') && route.startsWith('POST'));
    expect(sent?.body).toMatchObject({ monthlyBilling: false });
    expect(await cloud.machines(INSTALL, context)).toEqual([made]);
    expect(await project.another().machine(made.ref, context)).toEqual(made);
  });

  test('is of none that costs more than was agreed, whatever comes first', async () => {
    await using project = await openProject({ families: ['b3', 'd2'] });
    const { fake } = project;
    await project.machine({ mostHourly: 0.0198 });
    expect([...fake.world.instances.values()].map(({ flavorId }) => flavorId)).toEqual(['GRA11-d2-4']);
    for (const flavor of fake.goods.flavors) if (flavor.name === 'd2-4') flavor.available = false;
    expect(await failure(project.machine({ mostHourly: 0.0198 }))).toMatchObject({
      code: 'sold_out',
      message: expect.stringContaining('costs more than was agreed for mybox'),
    });
    await project.machine();
    expect(fake.world.instances.size).toBe(2);
  });

  test('has the address at which it was booted, and none before', async () => {
    await using project = await openProject(
      {},
      { ...SLOW, onBoot: ({ userData }) => (userData === 'a' ? '127.0.0.9' : '') },
    );
    const making = await project.machine({ userData: 'a' });
    expect(making).toMatchObject({ state: 'making', address: undefined });
    project.clock.advance(60_000);
    expect(await project.cloud.machine(making.ref, project.context)).toMatchObject({
      state: 'running',
      address: '127.0.0.9',
    });
  });

  test('takes as much user data as the cloud says, and no more', async () => {
    await using project = await openProject();
    const most = project.cloud.userDataBytes;
    await project.machine({ userData: 'a'.repeat(most) });
    expect((await failure(project.machine({ userData: 'a'.repeat(most + 3) }))).code).toBe('invalid');
  });

  test('is found by its id when the answer says little else, though lists do not show it yet', async () => {
    await using project = await openProject();
    const { fake, cloud, context } = project;
    fake.quirks.createAnswer = 'least';
    fake.world.lag.set(60_000);
    const plan = project.plan();
    expect(await cloud.createMachine(plan, context)).toMatchObject({ boxId: plan.boxId, state: 'running' });
  });

  test('is found by its name when the answer does not say what was made', async () => {
    const project = await openProject();
    const { fake, cloud, context } = project;
    fake.quirks.createAnswer = 'without id';
    const plan = project.plan();
    const made = await cloud.createMachine(plan, context);
    expect(made.instanceName).toBe(plan.instanceName);
    expect([...fake.world.instances.keys()]).toEqual([made.ref]);
    fake.world.lag.set(60_000);
    expect((await failure(cloud.createMachine(project.plan(), context))).code).toBe('timeout');
    // The document says that there is an id; a recorded answer has none.
    const known = specFile('ovh') === undefined ? 0 : 2;
    expect(fake.server.violations().filter((one) => one.includes("must have required property 'id'"))).toHaveLength(
      known,
    );
    await fake.server.close();
  });

  test('is stopped, released, and started from both', async () => {
    await using project = await openProject();
    const { cloud, context } = project;
    const { ref } = await project.machine();
    const look = async () => (await cloud.machine(ref, context)) ?? expect.unreachable();
    await cloud.shutDownMachine(await look(), context);
    expect((await look()).state).toBe('stopped');
    await cloud.startMachine(await look(), project.plan(), context);
    expect((await look()).state).toBe('running');
    await cloud.switchOffMachine(await look(), context);
    await cloud.releaseMachine(await look(), context);
    expect((await look()).state).toBe('released');
    await cloud.releaseMachine(await look(), context);
    await cloud.startMachine(await look(), project.plan(), context);
    expect((await look()).state).toBe('running');
    await cloud.deleteMachine(await look(), context);
    expect(await cloud.machine(ref, context)).toBeUndefined();
  });

  test('bears every call a second time, under way and done', async () => {
    await using project = await openProject({}, SLOW);
    const { cloud, context, clock } = project;
    const { ref } = await project.machine();
    const look = async () => (await cloud.machine(ref, context)) ?? expect.unreachable();
    clock.advance(60_000);
    const steps: [(machine: Machine) => Promise<void>, MachineState][] = [
      [(machine) => cloud.shutDownMachine(machine, context), 'stopped'],
      [(machine) => cloud.switchOffMachine(machine, context), 'stopped'],
      [(machine) => cloud.releaseMachine(machine, context), 'released'],
      [(machine) => cloud.startMachine(machine, project.plan(), context), 'running'],
    ];
    let before = await look();
    for (const [call, after] of steps) {
      await call(before);
      await call(before);
      clock.advance(120_000);
      await call(before);
      clock.advance(120_000);
      before = await look();
      expect(before.state).toBe(after);
    }
    await cloud.deleteMachine(before, context);
    await cloud.deleteMachine(before, context);
    clock.advance(60_000);
    await cloud.deleteMachine(before, context);
    expect(await cloud.machine(ref, context)).toBeUndefined();
  });

  test('that is gone needs no call', async () => {
    await using project = await openProject();
    const { cloud, context } = project;
    const made = await project.machine();
    await cloud.deleteMachine(made, context);
    await cloud.deleteMachine(made, context);
    await cloud.shutDownMachine(made, context);
    await cloud.switchOffMachine(made, context);
    await cloud.startMachine({ ...made, state: 'stopped' }, project.plan(), context);
    await cloud.startMachine({ ...made, state: 'released' }, project.plan(), context);
    await cloud.releaseMachine({ ...made, state: 'stopped' }, context);
    expect(await cloud.machines(INSTALL, context)).toEqual([]);
  });

  test('is told nothing that is not for its state', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const made = await project.machine();
    const before = asked(fake).length;
    for (const state of ['running', 'changing', 'making', 'failed'] as const) {
      await cloud.startMachine({ ...made, state }, project.plan(), context);
      await cloud.releaseMachine({ ...made, state }, context);
    }
    expect(asked(fake).slice(before)).toEqual([]);
  });

  test('shows a refusal that is none of these', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const made = await project.machine();
    const route = 'POST /cloud/project/{serviceName}/instance/{instanceId}/stop';
    fake.server.faults.next(route, {
      kind: 'answer',
      status: 400,
      body: { class: 'Client::BadRequest', message: 'x' },
    });
    expect((await failure(cloud.shutDownMachine(made, context))).code).toBe('invalid');
    // Refused, but in the other state by now: somebody else was faster.
    const [instance] = fake.world.instances.values();
    fake.server.faults.next(route, {
      kind: 'answer',
      status: 400,
      body: { class: 'Client::BadRequest', message: 'x' },
    });
    if (instance !== undefined) instance.status = 'SHUTOFF';
    await cloud.shutDownMachine(made, context);
  });

  test.each<[string, MachineState | undefined]>([
    ['ACTIVE', 'running'],
    ['BUILD', 'making'],
    ['BUILDING', 'making'],
    ['SHUTOFF', 'stopped'],
    ['STOPPED', 'stopped'],
    ['SHELVED', 'released'],
    ['SHELVED_OFFLOADED', 'released'],
    ['ERROR', 'failed'],
    ['HARD_REBOOT', 'changing'],
    ['RESCUE', 'changing'],
    ['UNKNOWN', 'changing'],
    ['DELETING', 'changing'],
    ['DELETED', undefined],
    ['SOFT_DELETED', undefined],
  ])('in the state %s is %s', async (status, state) => {
    await using project = await openProject();
    const { ref } = await project.machine();
    const [instance] = project.fake.world.instances.values();
    if (instance !== undefined) instance.status = status;
    expect((await project.cloud.machine(ref, project.context))?.state).toBe(state);
    expect((await project.cloud.machines(INSTALL, project.context)).map((one) => one.state)).toEqual(
      state === undefined ? [] : [state],
    );
  });
});

describe('the list of machines', () => {
  test('has those of this installation in all regions, and nothing else', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const here = await project.machine();
    const elsewhere = await project.machine({ region: 'WAW1' });
    const names = [
      'web-1',
      here.instanceName.replace(INSTALL, 'otherins'),
      `${here.instanceName}-old`,
      `x${here.instanceName}`,
    ];
    const [given] = fake.world.instances.values();
    for (const [at, name] of names.entries())
      fake.world.instances.set(`other-${at}`, like(given, `other-${at}`, name, 0));
    expect((await cloud.machines(INSTALL, context)).map(({ ref }) => ref).sort()).toEqual(
      [here.ref, elsewhere.ref].sort(),
    );
    expect(await cloud.machine('other-0', context)).toBeUndefined();
  });

  test('begins with the oldest of one name, then with the smallest id', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const { ref, instanceName } = await project.machine();
    const [given] = fake.world.instances.values();
    for (const [id, ms] of [
      ['zz', -5000],
      ['aa', -2000],
      ['bb', -5000],
    ] as const) {
      fake.world.instances.set(id, like(given, id, instanceName, ms));
    }
    expect((await cloud.machines(INSTALL, context)).map((one) => one.ref)).toEqual(['bb', 'zz', 'aa', ref]);
  });

  test('says which volumes each has', async () => {
    await using project = await openProject();
    const { cloud, context } = project;
    const boxId = uuidv7();
    const machine = await project.machine({ boxId });
    const volume = await project.volume(boxId);
    await cloud.attachVolume(volume, machine, context);
    await project.volume();
    expect((await cloud.machines(INSTALL, context)).map(({ volumes }) => volumes)).toEqual([[volume.ref]]);
    expect((await cloud.machine(machine.ref, context))?.volumes).toEqual([volume.ref]);
  });
});

function like(given: FakeInstance | undefined, id: string, name: string, laterMs: number): FakeInstance {
  if (given === undefined) throw new Error('no instance');
  return { ...given, id, name, madeAtMs: given.madeAtMs + laterMs };
}
