// What boxes cost where somebody is paid for them: from a vendor's figures to one sentence.
import { z } from 'zod';
import type { Size } from './sizes.ts';

/** A provider's prices for what it makes boxes of. */
export const pricesSchema = z.strictObject({
  /** ISO 4217, of every figure here. */
  currency: z.string().regex(/^[A-Z]{3}$/),
  machines: z.array(
    z.strictObject({
      cpus: z.number().positive(),
      memoryMiB: z.number().positive(),
      /** For an hour in which it is there, and the most for a month. */
      hourly: z.number().nonnegative(),
      monthly: z.number().nonnegative(),
      /** Where it can be had, by the provider's names; everywhere where it is left out. */
      regions: z.array(z.string()).readonly().optional(),
    }),
  ),
  /** Of a home, whether its box runs or not. */
  homeGiBMonthly: z.number().nonnegative(),
  /** Whether a stopped box's machine is paid for like a running one's. */
  stoppedMachine: z.enum(['paid', 'free']),
});
export type Prices = z.infer<typeof pricesSchema>;

/** Of one box, home included. */
export interface Price {
  currency: string;
  hourly: number;
  monthly: number;
  /** For a month in which it does not run. */
  stopped: number;
  /** Of `hourly`, what is its machine's. */
  machineHourly: number;
}

/** How vendors count: 365.25 days of 24 hours, by 12. */
const MONTH_HOURS = 730.5;

/** The cheapest machine that is large enough and can be had in one of the regions, of a provider that has them; undefined where none is. */
export function priceOf(prices: Prices, size: Size, regions?: readonly string[]): Price | undefined {
  const { homeGiB } = size;
  const [machine] = fitting(prices, size)
    .filter((one) => regions === undefined || one.regions === undefined || isAny(one.regions, regions))
    .toSorted((one, other) => one.hourly - other.hourly);
  if (machine === undefined) return undefined;
  const home = prices.homeGiBMonthly * homeGiB;
  const monthly = machine.monthly + home;
  return {
    currency: prices.currency,
    hourly: machine.hourly + home / MONTH_HOURS,
    monthly,
    stopped: prices.stoppedMachine === 'paid' ? monthly : home,
    machineHourly: machine.hourly,
  };
}

/** Those of the regions in which a machine of that size can be had. */
export function regionsWith(prices: Prices, size: Size, regions: readonly string[]): readonly string[] {
  return regions.filter((region) => priceOf(prices, size, [region]) !== undefined);
}

function fitting({ machines }: Prices, { cpus, memoryMiB }: Size): Prices['machines'] {
  return machines.filter((one) => one.cpus >= cpus && one.memoryMiB >= memoryMiB);
}

function isAny(have: readonly string[], wanted: readonly string[]): boolean {
  return wanted.some((one) => have.includes(one));
}

/** `$0.036 an hour, at most $24 a month; stopped: $24` */
export function priceText({ currency, hourly, monthly, stopped }: Price): string {
  return `${money(hourly, currency, 3)} an hour, at most ${money(monthly, currency)} a month; stopped: ${money(stopped, currency)}`;
}

/** `$24`, `$24.50`; an hour's price with three digits, because it is one of cents. */
function money(amount: number, currency: string, digits = Number.isInteger(Number(amount.toFixed(2))) ? 0 : 2): string {
  const rules = { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat('en', rules).format(amount);
}
