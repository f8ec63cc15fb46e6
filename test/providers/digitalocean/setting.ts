// A DigitalOcean for one test, the driver that speaks to it, and boxes to make there.
import { DEFAULT_SIZES, resourcesOf } from '../../../src/boxes/sizes.ts';
import { createDigitalOcean } from '../../../src/providers/digitalocean/digitalocean.ts';
import type { DigitalOceanOptions } from '../../../src/providers/digitalocean/options.ts';
import { instanceName } from '../../../src/providers/names.ts';
import type { Machine, MachinePlan, Volume } from '../../../src/providers/shared/cloud/cloud.ts';
import { secret } from '../../../src/secret.ts';
import { FAKE_TOKEN, openDigitalOcean } from '../../fakes/cloud/digitalocean.ts';
import type { WorldOptions } from '../../fakes/cloud/digitalocean-world.ts';
import { createHastyClock } from '../../fakes/cloud/test-clock.ts';

export const INSTALL = 'abcdefgh';
export const OTHER_INSTALL = 'otherone';
export const BOX = '01890a5d-ac96-774b-bcce-b302099a8057';
export const OTHER_BOX = '01890a5d-ac96-774b-bcce-b302099a8058';
export const SNAPSHOT = '01890a5d-ac96-774b-bcce-b302099a8099';
export const CONTROL_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKk0Z1u6v0cW5qQYh3n1vJ2cB8f6Q3x5o0m7r9t2w4y6 shellbox';
export const context = { signal: new AbortController().signal };

/** Actions of this DigitalOcean take so long, on a clock that every wait moves on. */
export const ACTION_MS = 20_000;

export type Setting = Awaited<ReturnType<typeof openSetting>>;

export async function openSetting(world: WorldOptions = {}, changed: Partial<DigitalOceanOptions> = {}) {
  const clock = createHastyClock();
  const vendor = await openDigitalOcean({ nowMs: clock.nowMs, actionMs: ACTION_MS, ...world });
  const options: DigitalOceanOptions = {
    installId: INSTALL,
    token: secret(FAKE_TOKEN),
    controlKey: CONTROL_KEY,
    apiUrl: vendor.url,
    whenStopped: 'release',
    clock,
    ...changed,
  };
  const cloud = createDigitalOcean(options);
  await cloud.prepare(INSTALL, context);

  const planFor = (volume: Volume, more: Partial<MachinePlan> = {}): MachinePlan => ({
    installId: INSTALL,
    boxId: volume.boxId,
    incarnation: 1,
    instanceName: instanceName(INSTALL, volume.boxId, more.incarnation ?? 1),
    boxName: 'mybox',
    resources: resourcesOf(DEFAULT_SIZES.small),
    region: volume.region,
    image: undefined,
    mostHourly: undefined,
    userData: '#cloud-config\n',
    volume,
    ...more,
  });
  const makeHome = (boxId = BOX, region = 'fra1') =>
    cloud.createVolume({ installId: INSTALL, boxId, region, sizeGiB: 10, from: undefined }, context);
  const later = () => clock.advance(ACTION_MS);
  /** What is under way is done, and the machine as it is then. */
  async function seen({ ref }: Machine): Promise<Machine> {
    later();
    const machine = await cloud.machine(ref, context);
    if (machine === undefined) throw new Error(`There is no machine ${ref}.`);
    return machine;
  }
  async function runBox(boxId = BOX): Promise<{ plan: MachinePlan; volume: Volume; machine: Machine }> {
    const volume = await makeHome(boxId);
    const plan = planFor(volume);
    return { plan, volume, machine: await seen(await cloud.createMachine(plan, context)) };
  }
  async function stopBox() {
    const box = await runBox();
    await cloud.shutDownMachine(box.machine, context);
    return { ...box, machine: await seen(box.machine) };
  }
  /** As many looks as it takes. */
  async function release(machine: Machine): Promise<number> {
    for (let looks = 1; looks < 10; looks++) {
      await cloud.releaseMachine(machine, context);
      later();
      if ((await cloud.machine(machine.ref, context)) === undefined) return looks;
    }
    throw new Error('It is never released.');
  }

  return {
    cloud,
    vendor,
    world: vendor.world,
    clock,
    options,
    planFor,
    makeHome,
    later,
    seen,
    runBox,
    stopBox,
    release,
  };
}

export async function closeSetting({ vendor }: Setting): Promise<void> {
  await vendor.close();
  vendor.assertClean();
}
