// What the policy on dependencies is held against: package.json, the lock file, the dates of publication, and the written exceptions.
import { z } from 'zod';

export const datesFile = new URL('./published.json', import.meta.url);

/** By name: the version in package.json, the day on which it was published, and the day on which we took it. */
export const datesSchema = z.record(
  z.string(),
  z.object({ version: z.string(), published: z.iso.date(), taken: z.iso.date() }),
);

const section = z.record(z.string(), z.string()).default({});
export const manifestSchema = z.object({
  dependencies: section,
  devDependencies: section,
  optionalDependencies: section,
  overrides: section,
  allowScripts: z.record(z.string(), z.boolean()),
});

export const lockedSchema = z.object({
  version: z.string(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  hasInstallScript: z.boolean().default(false),
  optional: z.boolean().default(false),
  license: z.string().optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
  libc: z.array(z.string()).optional(),
});
export type Locked = z.infer<typeof lockedSchema>;

/** The root's entry has the key `''`, and is no package. */
export const lockSchema = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), z.unknown()) });

/** All that package.json names, by name. */
export function directDependencies(manifest: unknown): [name: string, version: string][] {
  const { dependencies, devDependencies, optionalDependencies } = manifestSchema.parse(manifest);
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
}

/** `@scope/name` of `node_modules/other/node_modules/@scope/name`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Whether a machine that Shellbox runs on installs it: Linux with glibc, on x64 or arm64. */
export function isForUs({ os, cpu, libc }: Locked): boolean {
  return (
    (os?.includes('linux') ?? true) &&
    (cpu?.some((name) => ['x64', 'arm64'].includes(name)) ?? true) &&
    (libc?.includes('glibc') ?? true)
  );
}

/** Every licence that has to be kept to: of `A OR B` any allowed one is enough, of `A AND B` both are needed. */
export function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const words = expression.replaceAll(/[()]/g, '');
  return words.split(/ or /i).some((choice) => choice.split(/ and /i).every((one) => allowed.includes(one.trim())));
}
