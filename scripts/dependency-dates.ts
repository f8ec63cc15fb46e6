// Writes down when each dependency's version was published, asking the registry only about what changed in package.json since.
// Usage: node scripts/dependency-dates.ts
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { datesFile, datesSchema, directDependencies } from '../test/dependencies/policy.ts';

const ASK_MS = 30_000;
const timesSchema = z.record(z.string(), z.string());
const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const known = datesSchema.parse(JSON.parse(readFileSync(datesFile, 'utf8')));
const today = new Date().toISOString().slice(0, 10);

const dates = directDependencies(manifest).map(([name, version]) => {
  const before = known[name];
  if (before?.version === version) return [name, before] as const;
  const published = publicationOf(name, version);
  process.stdout.write(`${name} ${version}: published ${published}\n`);
  return [name, { version, published, taken: today }] as const;
});
writeFileSync(datesFile, `${JSON.stringify(Object.fromEntries(dates), undefined, 2)}\n`);

function publicationOf(name: string, version: string): string {
  const said = execFileSync('npm', ['view', name, 'time', '--json'], { encoding: 'utf8', timeout: ASK_MS });
  const at = timesSchema.parse(JSON.parse(said))[version];
  if (at === undefined) throw new Error(`The registry does not say when ${name} ${version} was published.`);
  return at.slice(0, 10);
}
