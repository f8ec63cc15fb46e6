// DigitalOcean as a cloud: droplets with a block volume for the home, behind one firewall.
import { z } from 'zod';
import { namesIn } from '../../boxes/offers.ts';
import type { Cloud } from '../shared/cloud/cloud.ts';
import { createApi } from './api.ts';
import { createBelongings } from './belongings.ts';
import { checkDigitalOcean } from './check.ts';
import { createDroplets } from './droplets.ts';
import { createImages } from './images.ts';
import { createMachines } from './machines.ts';
import { type DigitalOceanOptions, imagesOf, regionsOf, TITLE } from './options.ts';
import { createSizes, storagePrice } from './sizes.ts';
import { createSnapshots } from './snapshots.ts';
import { createVolumes } from './volumes.ts';

/** 64 KiB. Source: https://docs.digitalocean.com/reference/api/reference/droplets/ */
const USER_DATA_BYTES = 64 * 1024;
/** Tags are put on a droplet after it was made, and lists by tag follow them. */
const LIST_LAG_MS = 30_000;

export function createDigitalOcean(options: DigitalOceanOptions): Cloud {
  const api = createApi(options);
  const sizes = createSizes(api, options);
  const regions = regionsOf(options);
  const machines = createMachines(createDroplets(api, sizes, options), createImages(api, options), options);
  const volumes = createVolumes(api, options);
  return {
    name: 'digitalocean',
    title: TITLE,
    regions,
    images: imagesOf(options),
    listLagMs: LIST_LAG_MS,
    userDataBytes: USER_DATA_BYTES,
    whenStopped: options.whenStopped,
    mostBoxes: options.mostBoxes,
    slowed: api.slowed,
    ...machines,
    ...volumes,
    ...createSnapshots(api),
    ...createBelongings(api, options, async (installId, context) => {
      const [left, homes] = [await machines.machines(installId, context), await volumes.volumes(installId, context)];
      return left.length + homes.length === 0;
    }),
    async answers(context) {
      await api.get('/v2/account', z.unknown(), context);
    },
    check: (context) => checkDigitalOcean({ api, sizes, options }, context),
    async sizes(context) {
      const all = await sizes.all(context);
      const offered = all.map((size) => ({
        ...size,
        regions: namesIn(regions).filter((name) => size.regions.includes(name)),
      }));
      return offered.filter((size) => size.regions.length > 0);
    },
    storagePrice: async () => storagePrice(options),
  };
}
