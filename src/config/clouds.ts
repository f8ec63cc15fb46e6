// The clouds' part of the configuration: what each is told, and what has to be there for it.
import type { z } from 'zod';
import type { Secret } from '../secret.ts';
import { hidden, listOf, oneOf, textOf, url, wholeNumber } from './values.ts';

const keyText = textOf('give it as the vendor shows it', (text) => (/^[!-~]{8,300}$/.test(text) ? text : undefined));
const token = hidden(keyText);
const slug = (text: string): string | undefined => (/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(text) ? text : undefined);
const regions = listOf('give regions as the vendor calls them, with commas between', slug);
const imageName = (text: string): string | undefined => (/^[^\s,][^,]{0,99}$/.test(text) ? text : undefined);
const families = listOf('give the beginnings of the vendor’s names of sizes, with commas between', slug);
/** `off` is paid for like a running one. */
const whenStopped = oneOf('off', 'release');
const mostBoxes = wholeNumber(0, 100_000);
/** What a month of mistakes may cost without ruining anybody. */
const DEFAULT_MOST_BOXES = 20;

export const cloudVariables = {
  BOX_SETUP_SCRIPT: textOf('give the path of a script', (text) => text).optional(),
  DIGITALOCEAN_TOKEN: token.optional(),
  DIGITALOCEAN_API_URL: url('http:', 'https:').optional(),
  DIGITALOCEAN_REGIONS: regions.optional(),
  DIGITALOCEAN_MORE_REGIONS: regions.optional(),
  DIGITALOCEAN_IMAGE: textOf('give the slug of a Debian or Ubuntu image', slug).optional(),
  DIGITALOCEAN_MORE_IMAGES: listOf('give slugs of Debian or Ubuntu images, with commas between', slug).optional(),
  DIGITALOCEAN_FAMILIES: families.optional(),
  DIGITALOCEAN_STOP: whenStopped.optional(),
  DIGITALOCEAN_MOST_BOXES: mostBoxes.optional(),
  OVH_APPLICATION_KEY: keyText.optional(),
  OVH_APPLICATION_SECRET: token.optional(),
  OVH_CONSUMER_KEY: token.optional(),
  OVH_PROJECT: textOf('give the id of the Public Cloud project', (text) =>
    /^[0-9a-f]{32}$/.test(text) ? text : undefined,
  ).optional(),
  OVH_API_URL: url('http:', 'https:').optional(),
  OVH_REGIONS: regions.optional(),
  OVH_MORE_REGIONS: regions.optional(),
  OVH_IMAGE: textOf('give the name of a Debian or Ubuntu image', (text) =>
    text.length <= 100 ? text : undefined,
  ).optional(),
  OVH_MORE_IMAGES: listOf('give names of Debian or Ubuntu images, with commas between', imageName).optional(),
  OVH_FAMILIES: families.optional(),
  OVH_STOP: whenStopped.optional(),
  OVH_MOST_BOXES: mostBoxes.optional(),
};
type Given = { [K in keyof typeof cloudVariables]?: z.infer<(typeof cloudVariables)[K]> };

/** What is the operator's to choose; undefined leaves it to the provider. */
export interface CloudChoices {
  readonly apiUrl: string | undefined;
  readonly regions: readonly string[] | undefined;
  /** What people may ask for beside it. */
  readonly moreRegions: readonly string[] | undefined;
  readonly image: string | undefined;
  readonly moreImages: readonly string[] | undefined;
  readonly families: readonly string[] | undefined;
  /** How many boxes the installation may have there at one time. */
  readonly mostBoxes: number;
}

export interface DigitalOceanConfig extends CloudChoices {
  readonly token: Secret;
  readonly whenStopped: 'keep' | 'release';
}

export interface OvhConfig extends CloudChoices {
  readonly keys: { readonly applicationKey: string; readonly applicationSecret: Secret; readonly consumerKey: Secret };
  readonly project: string;
  readonly whenStopped: 'keep' | 'release';
}

export function digitalOceanConfig(given: Given): DigitalOceanConfig | undefined {
  if (given.DIGITALOCEAN_TOKEN === undefined) return undefined;
  return {
    token: given.DIGITALOCEAN_TOKEN,
    apiUrl: given.DIGITALOCEAN_API_URL,
    regions: given.DIGITALOCEAN_REGIONS,
    moreRegions: given.DIGITALOCEAN_MORE_REGIONS,
    image: given.DIGITALOCEAN_IMAGE,
    moreImages: given.DIGITALOCEAN_MORE_IMAGES,
    families: given.DIGITALOCEAN_FAMILIES,
    whenStopped: given.DIGITALOCEAN_STOP === 'release' ? 'release' : 'keep',
    mostBoxes: given.DIGITALOCEAN_MOST_BOXES ?? DEFAULT_MOST_BOXES,
  };
}

export function ovhConfig(given: Given): OvhConfig | undefined {
  const { OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET, OVH_CONSUMER_KEY, OVH_PROJECT } = given;
  if (!OVH_APPLICATION_KEY || !OVH_APPLICATION_SECRET || !OVH_CONSUMER_KEY || !OVH_PROJECT) return undefined;
  return {
    keys: {
      applicationKey: OVH_APPLICATION_KEY,
      applicationSecret: OVH_APPLICATION_SECRET,
      consumerKey: OVH_CONSUMER_KEY,
    },
    project: OVH_PROJECT,
    apiUrl: given.OVH_API_URL,
    regions: given.OVH_REGIONS,
    moreRegions: given.OVH_MORE_REGIONS,
    image: given.OVH_IMAGE,
    moreImages: given.OVH_MORE_IMAGES,
    families: given.OVH_FAMILIES,
    whenStopped: given.OVH_STOP === 'release' ? 'release' : 'keep',
    mostBoxes: given.OVH_MOST_BOXES ?? DEFAULT_MOST_BOXES,
  };
}

const NEEDED: Readonly<Record<string, readonly (keyof Given)[]>> = {
  digitalocean: ['DIGITALOCEAN_TOKEN'],
  ovh: ['OVH_APPLICATION_KEY', 'OVH_APPLICATION_SECRET', 'OVH_CONSUMER_KEY', 'OVH_PROJECT'],
};

type Texts = Readonly<Record<string, string | undefined>>;

/** Whether boxes are to run there, by the texts of the configuration. */
export function isNamed(provider: string, set: Texts): boolean {
  return [set.PROVIDER, ...(set.PROVIDERS ?? '').split(',')].some((name) => name?.trim() === provider);
}

/** Clouds that are to be used and cannot be; looked for among the texts, so that they show beside other faults. */
export function cloudFaults(set: Texts): string[] {
  return Object.entries(NEEDED).flatMap(([cloud, variables]) =>
    isNamed(cloud, set)
      ? variables.filter((name) => set[name] === undefined).map((name) => `${name}: needed by the provider ${cloud}`)
      : [],
  );
}
