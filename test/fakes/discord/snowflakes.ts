// Ids as Discord makes them: the time in the upper bits, so that they sort by time, and never the same twice.
// Source: https://discord.com/developers/docs/reference#snowflakes
const EPOCH_MS = 1_420_070_400_000;
const TIME_SHIFT = 22n;

export type Snowflakes = () => string;

/** A later id is always greater, also when the clock stands still or goes back. */
export function createSnowflakes(now: () => number): Snowflakes {
  let last = 0n;
  return () => {
    const earliest = BigInt(Math.floor(now()) - EPOCH_MS) << TIME_SHIFT;
    last = earliest > last ? earliest : last + 1n;
    return String(last);
  };
}

/** Milliseconds since the epoch. */
export function timeOf(snowflake: string): number {
  return Number(BigInt(snowflake) >> TIME_SHIFT) + EPOCH_MS;
}

/** Negative when `a` is older. */
export function compareSnowflakes(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
