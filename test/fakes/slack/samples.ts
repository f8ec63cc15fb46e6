// Finds the samples of what Slack sends, which are not part of this repository.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const BESIDE_THE_CHECKOUT = path.resolve(import.meta.dirname, '../../../../shared');

/** The folder with Slack's samples, or undefined where the data is not there. */
export function sampleFolder(): string | undefined {
  const data = process.env.SHELLBOX_CONTRACT_DATA ?? BESIDE_THE_CHECKOUT;
  const folder = path.join(data, 'platforms', 'slack');
  return existsSync(folder) ? folder : undefined;
}

export function readSample(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));
}

/** Paths of properties that `value` has and the sample has not; names in `free` are passed over. */
export function unknownProperties(value: unknown, sample: unknown, free: readonly string[], at = ''): string[] {
  if (Array.isArray(value)) {
    const [first] = Array.isArray(sample) ? sample : [];
    return value.flatMap((item) => unknownProperties(item, first, free, `${at}[]`));
  }
  if (typeof value !== 'object' || value === null || typeof sample !== 'object' || sample === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = at === '' ? name : `${at}.${name}`;
    if (free.includes(name)) return [];
    return name in sample ? unknownProperties(inner, Reflect.get(sample, name), free, here) : [here];
  });
}
