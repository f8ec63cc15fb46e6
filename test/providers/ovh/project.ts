// An OVH project for the tests of its driver, with a driver on it and boxes that want machines.
import { v7 as uuidv7 } from 'uuid';
import { DEFAULT_SIZES, resourcesOf, type SizeName } from '../../../src/boxes/sizes.ts';
import { instanceName } from '../../../src/providers/names.ts';
import type { OvhOptions } from '../../../src/providers/ovh/options.ts';
import { createOvh } from '../../../src/providers/ovh/ovh.ts';
import type { CallContext } from '../../../src/providers/provider.ts';
import type { Cloud, Machine, MachinePlan, Volume } from '../../../src/providers/shared/cloud/cloud.ts';
import { createPace } from '../../../src/providers/shared/cloud/pace.ts';
import { type FakeOvh, type FakeOvhOptions, openFakeOvh } from '../../fakes/cloud/ovh.ts';
import { createHastyClock } from '../../fakes/cloud/test-clock.ts';

export const INSTALL = 'testinst';
export const REGION = 'GRA11';

export interface Project extends AsyncDisposable {
  fake: FakeOvh;
  cloud: Cloud;
  context: CallContext;
  clock: ReturnType<typeof createHastyClock>;
  /** Another process with the same project. */
  another(options?: Partial<OvhOptions>): Cloud;
  plan(overrides?: Partial<MachinePlan> & { size?: SizeName }): MachinePlan;
  volume(boxId?: string, region?: string): Promise<Volume>;
  machine(overrides?: Partial<MachinePlan>): Promise<Machine>;
}

/** When it is disposed of, nothing may have been asked or answered that OVH's document does not allow. */
export async function openProject(
  options: Partial<OvhOptions> = {},
  fakeOptions: Partial<FakeOvhOptions> = {},
): Promise<Project> {
  const clock = createHastyClock();
  const fake = await openFakeOvh({ nowMs: () => clock.nowMs(), ...fakeOptions });
  const another = (other: Partial<OvhOptions> = {}) =>
    createOvh({ ...fake.options, pace: createPace(clock), clock, ...options, ...other });
  const cloud = another();
  const context: CallContext = { signal: new AbortController().signal };

  function plan({ size = 'small', ...overrides }: Partial<MachinePlan> & { size?: SizeName } = {}): MachinePlan {
    const { boxId = uuidv7(), incarnation = 1 } = overrides;
    const resources = resourcesOf(DEFAULT_SIZES[size]);
    const volume: Volume = { ref: 'v', boxId, region: REGION, sizeGiB: 10, ready: true, attachedTo: [] };
    const name = instanceName(INSTALL, boxId, incarnation);
    const whose = { installId: INSTALL, boxId, incarnation, instanceName: name, boxName: 'mybox' };
    return {
      ...whose,
      resources,
      region: REGION,
      image: undefined,
      mostHourly: undefined,
      userData: '#cloud-config\n',
      volume,
      ...overrides,
    };
  }

  return {
    fake,
    cloud,
    context,
    clock,
    another,
    plan,
    volume: (boxId = uuidv7(), region = REGION) =>
      cloud.createVolume({ installId: INSTALL, boxId, region, sizeGiB: 10, from: undefined }, context),
    machine: (overrides) => cloud.createMachine(plan(overrides), context),
    async [Symbol.asyncDispose]() {
      await fake.server.close();
      fake.server.assertClean();
    },
  };
}

/** Routes that were asked, without the project. */
export function asked(fake: FakeOvh): string[] {
  return fake.server.requests.map(({ route }) => route.replace('/cloud/project/{serviceName}', ''));
}
