// Randomness that a seed decides: a hash of names and a small generator over it.

/** FNV-1a over the parts, then mixed so that near inputs give far outputs; 32 bits, unsigned. */
export function hash32(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join('\u0000')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Numbers in [0, 1), the same for the same start. Mulberry32 by Tommy Ettinger, public domain. */
export function mulberry32(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of the values, each as often as its weight, a whole number, says. */
export function createChoice<T>(
  weighted: readonly (readonly [weight: number, value: T])[],
): (random: () => number) => T {
  const values = weighted.flatMap(([weight, value]) => Array.from({ length: weight }, () => value));
  return (random) => {
    const value = values[Math.floor(random() * values.length)];
    if (value === undefined) throw new RangeError('There is nothing to choose from.');
    return value;
  };
}
