// What an operator decides about boxes at DigitalOcean; plain data that configuration hands over.
import { type Offer, offerOf } from '../../boxes/offers.ts';
import { DEFAULT_SIZES } from '../../boxes/sizes.ts';
import type { Secret } from '../../secret.ts';
import type { Clock } from '../shared/cloud/clock.ts';
import type { Pace } from '../shared/cloud/pace.ts';

export interface DigitalOceanOptions {
  /** `^[a-z][a-z0-9]{7}$`; in the names of volumes, and so in those of devices. */
  installId: string;
  token: Secret;
  /** One line as in `authorized_keys`: registered with the account, because a droplet without a key gets a password by mail. */
  controlKey: string;
  /** What a stop does: `keep` leaves the droplet, which is paid for all the same, `release` puts its disk away and deletes it. */
  whenStopped: 'keep' | 'release';
  /** How many boxes there may be at one time. */
  mostBoxes?: number | undefined;
  apiUrl?: string | undefined;
  /** Slugs, in the order in which they are tried. */
  regions?: readonly string[] | undefined;
  /** Those that people may ask for beside them. */
  moreRegions?: readonly string[] | undefined;
  /** Slug of a public image with cloud-init, and of others that people may ask for. */
  image?: string | undefined;
  moreImages?: readonly string[] | undefined;
  /** Sizes by what their slugs begin and end with: `s` is `s-2vcpu-4gb`, `s-amd` is `s-2vcpu-4gb-amd`, `g` is `g-2vcpu-8gb`. */
  families?: readonly string[] | undefined;
  /** What the smallest box needs, for `check`. */
  smallest?: { cpus: number; memoryMiB: number };
  /** The account's, where a process asks for more than this. */
  pace?: Pace;
  clock?: Clock;
  fetch?: typeof fetch;
  deadlineMs?: number;
}

export const TITLE = 'DigitalOcean';

export const DEFAULTS = {
  apiUrl: 'https://api.digitalocean.com',
  regions: ['fra1', 'ams3', 'nyc3'],
  image: 'debian-12-x64',
  families: ['s'],
  smallest: DEFAULT_SIZES.small,
} as const satisfies Partial<DigitalOceanOptions>;

export function regionsOf({ regions = DEFAULTS.regions, moreRegions }: DigitalOceanOptions): Offer {
  return offerOf(regions, moreRegions);
}

export function imagesOf({ image = DEFAULTS.image, moreImages }: DigitalOceanOptions): Offer {
  return offerOf([image], moreImages);
}
