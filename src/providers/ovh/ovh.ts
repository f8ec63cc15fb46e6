// OVH Public Cloud as a cloud of Shellbox: instances, volumes and snapshots of one project, marked by their names.
import { z } from 'zod';
import { offerOf } from '../../boxes/offers.ts';
import { DEFAULT_SIZES } from '../../boxes/sizes.ts';
import { systemClock } from '../shared/cloud/clock.ts';
import type { Cloud } from '../shared/cloud/cloud.ts';
import { createPace } from '../shared/cloud/pace.ts';
import { unlessBusy } from '../shared/cloud/patience.ts';
import { createOvhApi } from './api.ts';
import { checkOvh } from './check.ts';
import { TITLE } from './errors.ts';
import { createInstances } from './instances.ts';
import { createLeftovers } from './leftovers.ts';
import { DEFAULT_API_URL, DEFAULT_FAMILIES, DEFAULT_IMAGE, DEFAULT_REGIONS, type OvhOptions } from './options.ts';
import { createPrices } from './prices.ts';
import { createSnapshots } from './snapshots.ts';
import { createVolumes } from './volumes.ts';

/** OVH does not say how old its lists may be; a minute is a guess on the safe side. */
const LIST_LAG_MS = 60_000;
/** 65,535 characters of base 64, which is how OpenStack stores it. */
const USER_DATA_BYTES = 49_149;

/**
 * There is no firewall around a project's machines that this API could set: each machine has its own. So there is nothing to prepare but the
 * end of volumes that outlived their home.
 */
export function createOvh(options: OvhOptions): Cloud {
  const { keys, project, sizes = DEFAULT_SIZES, whenStopped = 'keep', clock = systemClock } = options;
  const { apiUrl = DEFAULT_API_URL, image = DEFAULT_IMAGE } = options;
  const regions = offerOf(options.regions ?? DEFAULT_REGIONS, options.moreRegions);
  const images = offerOf([image], options.moreImages);
  const { families = DEFAULT_FAMILIES, pace = createPace(clock) } = options;
  const api = createOvhApi({ keys, project, apiUrl, pace, clock });
  const leftovers = createLeftovers(api);
  const prices = createPrices({
    api,
    apiUrl,
    regions,
    families,
    whenStopped,
    nowMs: () => clock.nowMs(),
    logger: options.logger,
  });
  const instances = createInstances({ api, image, families, hourlyOf: prices.hourlyOf });
  const volumes = createVolumes(api, leftovers);
  return {
    name: 'ovh',
    title: TITLE,
    regions,
    images,
    listLagMs: LIST_LAG_MS,
    userDataBytes: USER_DATA_BYTES,
    whenStopped,
    mostBoxes: options.mostBoxes,
    slowed: pace.slowed,
    ...instances,
    ...volumes,
    /** A home that a shelved machine holds can neither be kept as a snapshot nor moved on, so it is taken off first. */
    async releaseMachine(machine, context) {
      for (const ref of machine.volumes) {
        const home = await volumes.volume(ref, context);
        if (home !== undefined) await unlessBusy(volumes.detachVolume(home, machine, context));
      }
      if (machine.volumes.length === 0) await instances.releaseMachine(machine, context);
    },
    ...createSnapshots(api, leftovers),
    sizes: prices.sizes,
    storagePrice: prices.storagePrice,
    prepare: (installId, context) => leftovers.sweep(installId, context),
    tidy: (installId, context) => leftovers.sweep(installId, context),
    async belongings(installId, context) {
      return (await leftovers.names(installId, context)).map((name) => ({ kind: 'home', name }));
    },
    async answers(context) {
      await api.project.get('/region', z.unknown(), context);
    },
    check: (context) => checkOvh({ api, project, regions, images, families, sizes }, context),
  };
}
