// What an operator says of OVH.
import type { Sizes } from '../../boxes/sizes.ts';
import type { Logger } from '../../log.ts';
import type { Clock } from '../shared/cloud/clock.ts';
import type { Pace } from '../shared/cloud/pace.ts';
import type { OvhKeys } from './signature.ts';

export interface OvhOptions {
  keys: OvhKeys;
  /** The id of the Public Cloud project; OVH calls it `serviceName`. */
  project: string;
  /** Of the company that the account is with. */
  apiUrl?: string | undefined;
  /** In the order in which they are tried. */
  regions?: readonly string[] | undefined;
  /** Those that people may ask for beside them. */
  moreRegions?: readonly string[] | undefined;
  /** The image by its name, which is the same in all regions; its id is not. And others that people may ask for. */
  image?: string | undefined;
  moreImages?: readonly string[] | undefined;
  /** Families of flavors, e.g. `d2`, in the order in which they are tried. */
  families?: readonly string[] | undefined;
  whenStopped?: 'keep' | 'release' | undefined;
  /** How many boxes there may be at one time. */
  mostBoxes?: number | undefined;
  /** What `doctor` tries to find a flavor for. */
  sizes?: Sizes | undefined;
  /** The account's, where a process asks for more than this. */
  pace?: Pace | undefined;
  clock?: Clock | undefined;
  logger?: Pick<Logger, 'warn'> | undefined;
}

export const DEFAULT_API_URL = 'https://eu.api.ovh.com/1.0';
export const DEFAULT_REGIONS = ['GRA11', 'SBG5', 'DE1'];
export const DEFAULT_IMAGE = 'Debian 12';
/** Discovery first: shared processors, at half the price. */
export const DEFAULT_FAMILIES = ['d2', 'b3', 'b2'];
