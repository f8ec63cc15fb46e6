// How much is tried and from which seed, and what was found once: cases in corpus/, which are tried first ever after.
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { z } from 'zod';

/** FUZZ_TIMES: so many times the usual number of tries. FAULTS_WIDE=true means 20. */
const times = Number(process.env.FUZZ_TIMES ?? (process.env.FAULTS_WIDE === 'true' ? 20 : 1));
/** FUZZ_SEED: another seed. The same every day, so that what passed does not fail by itself; a failure prints it with the smallest case. */
const seed = Number(process.env.FUZZ_SEED ?? 20261121);
/** What a try may take: a hang is a failure. */
const LONGEST_TRY_MS = 20_000;

const corpusSchema = z.array(z.array(z.unknown()));

/**
 * Tries a property on the corpus of that name, and then on `usual` random cases. Everything that is tried is plain JSON, so that a
 * case that fails can be added to `corpus/<name>.json` as it is printed.
 */
export async function tryAll<Case extends [unknown, ...unknown[]]>(
  name: string,
  usual: number,
  cases: { [Key in keyof Case]: fc.Arbitrary<Case[Key]> },
  holds: (...one: Case) => Promise<void> | void,
): Promise<void> {
  const property = fc.asyncProperty(...cases, async (...one: Case) => void (await holds(...one)));
  await fc.assert(property, {
    seed,
    numRuns: Math.ceil(usual * times) + corpusOf(name).length,
    examples: corpusOf(name) as Case[],
    timeout: LONGEST_TRY_MS,
  });
}

function corpusOf(name: string): unknown[][] {
  const file = new URL(`./corpus/${name}.json`, import.meta.url);
  return existsSync(file) ? corpusSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

/** For properties that have no corpus: how often, and from where. */
export function amount(usual: number): { numRuns: number; seed: number } {
  return { numRuns: Math.ceil(usual * times), seed };
}

/** For the tests around the tries, milliseconds. */
export function within(usualMs: number): number {
  return usualMs * Math.max(1, times);
}
