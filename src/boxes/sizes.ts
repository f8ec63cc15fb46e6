// Sizes and tiers: the defaults of design.md and the schema that checks an operator's own.
import { z } from 'zod';

export const SIZE_NAMES = ['small', 'medium', 'large'] as const;
export type SizeName = (typeof SIZE_NAMES)[number];

const sizeSchema = record({
  cpus: whole(1, 64),
  memoryMiB: whole(256, 1_048_576),
  homeGiB: whole(1, 4096),
});
export type Size = z.infer<typeof sizeSchema>;

const tierSchema = record({
  largestSize: z.enum(SIZE_NAMES, said(`give one of ${SIZE_NAMES.map((name) => `"${name}"`).join(', ')}`)),
  /** Boxes at one time, stopped ones count; null means no limit. */
  boxes: wholeOrNull('no limit'),
  /** Minutes of idleness after which a box stops; null means never. */
  idleMinutes: wholeOrNull('never'),
  /** Hours that a box may run at a stretch, used or not; null means as long as it likes. */
  lifetimeHours: wholeOrNull('no limit').default(null),
});
export type Tier = z.infer<typeof tierSchema>;

export const TIER_NAMES = ['free', 'pro', 'unlimited'] as const;
export type TierName = (typeof TIER_NAMES)[number];

export const sizesSchema = z.record(z.enum(SIZE_NAMES), sizeSchema, said(names(SIZE_NAMES)));
export const tiersSchema = z.record(z.enum(TIER_NAMES), tierSchema, said(names(TIER_NAMES)));
export type Sizes = Readonly<Record<SizeName, Size>>;
export type Tiers = Readonly<Record<TierName, Tier>>;

export const DEFAULT_SIZES: Sizes = {
  small: { cpus: 2, memoryMiB: 4096, homeGiB: 10 },
  medium: { cpus: 4, memoryMiB: 8192, homeGiB: 50 },
  large: { cpus: 8, memoryMiB: 16384, homeGiB: 100 },
};

export const DEFAULT_TIERS: Tiers = {
  free: { largestSize: 'small', boxes: 1, idleMinutes: 60, lifetimeHours: null },
  pro: { largestSize: 'medium', boxes: 3, idleMinutes: null, lifetimeHours: null },
  unlimited: { largestSize: 'large', boxes: null, idleMinutes: null, lifetimeHours: null },
};

const PIDS_PER_CPU = 1024;

/** What a box is allowed to use; copied to its row at spinup. */
export interface Resources {
  cpus: number;
  memoryMiB: number;
  homeGiB: number;
  pids: number;
}

/** True when every figure of `wanted` is within the tier's largest size. */
export function fitsTier(wanted: Size, tier: Tier, sizes: Sizes): boolean {
  const largest = sizes[tier.largestSize];
  return wanted.cpus <= largest.cpus && wanted.memoryMiB <= largest.memoryMiB && wanted.homeGiB <= largest.homeGiB;
}

export function resourcesOf(size: Size): Resources {
  return { ...size, pids: size.cpus * PIDS_PER_CPU };
}

/** `2 vCPU · 4 GiB memory · 10 GiB home` */
export function describeSize(size: Size): string {
  return `${size.cpus} vCPU · ${gib(size.memoryMiB)} memory · ${size.homeGiB} GiB home`;
}

/** `4 GiB`, or `512 MiB` where it is not whole. */
export function gib(memoryMiB: number): string {
  return memoryMiB % 1024 === 0 ? `${memoryMiB / 1024} GiB` : `${memoryMiB} MiB`;
}

/** The schema's own words would be for those who wrote it; these say what to give, and never what was given. */
function said(wanted: string) {
  return { error: (issue: { input?: unknown }) => (issue.input === undefined ? `is missing: ${wanted}` : wanted) };
}

function names(known: readonly string[]): string {
  return `give an object that holds ${known.join(', ')} and nothing else`;
}

function record<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, said(names(Object.keys(shape))));
}

function whole(least: number, most: number) {
  const error = said(`give a whole number from ${least} to ${most}`);
  return z.int(error).min(least, error).max(most, error);
}

function wholeOrNull(meansNull: string) {
  const error = said(`give a whole number from 1, or null for ${meansNull}`);
  return z.int(error).min(1, error).nullable();
}
