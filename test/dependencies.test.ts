// The policy on other people's code: exact versions, a lock file that agrees, install scripts and licences by name, nothing that came out yesterday, no known holes.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  datesFile,
  datesSchema,
  directDependencies,
  isAllowed,
  isForUs,
  type Locked,
  lockedSchema,
  lockSchema,
  manifestSchema,
  nameOf,
} from './dependencies/policy.ts';

/** Days that a version has to be out before we take it: most of what was put in by thieves is found within a week. */
const MINIMUM_AGE_DAYS = 14;
const DAY_MS = 24 * 3_600_000;
const AUDIT_MS = 30_000;
const LICENCES = [
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Unlicense',
];

const ROOT = new URL('../', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));
const reason = z.string().min(20);
const exceptions = z
  .object({
    young: z.record(z.string(), z.object({ version: z.string(), why: reason })),
    licences: z.record(z.string(), reason),
    scripts: z.record(z.string(), z.string()),
    advisories: z.record(z.string(), reason),
  })
  .parse(read('test/dependencies/exceptions.json'));

const manifest = read('package.json');
const { overrides, allowScripts } = manifestSchema.parse(manifest);
const direct = directDependencies(manifest);
const { packages } = lockSchema.parse(read('package-lock.json'));
const locked: [path: string, entry: Locked][] = Object.entries(packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => [path, lockedSchema.parse(entry)]);

describe('versions', () => {
  test('are exact in package.json, and come from the registry', () => {
    const loose = [...direct, ...Object.entries(overrides)].filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  test('are the same in the lock file', () => {
    expect(direct.length).toBeGreaterThan(40);
    const other = direct.filter(
      ([name, version]) => lockedSchema.safeParse(packages[`node_modules/${name}`]).data?.version !== version,
    );
    expect(other).toEqual([]);
    expect(directDependencies({ allowScripts, ...z.object({}).loose().parse(packages['']) })).toEqual(direct);
  });

  test('are locked by the hash of their content, wherever we run', () => {
    const unlocked = locked.filter(([, entry]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? ''));
    expect(unlocked.filter(([, entry]) => isForUs(entry) || !entry.optional).map(([path]) => path)).toEqual([]);
  });

  test('come from nowhere but the registry', () => {
    const elsewhere = locked.filter(
      ([, { resolved }]) => resolved !== undefined && !/^https:\/\/registry\.npmjs\.org\//.test(resolved),
    );
    expect(elsewhere.map(([path]) => path)).toEqual([]);
  });
});

describe('install scripts', () => {
  const withScripts = locked
    .filter(([, entry]) => entry.hasInstallScript && isForUs(entry))
    .map(([path]) => nameOf(path));

  test('are allowed or forbidden by name, each that there is', () => {
    expect([...new Set(withScripts)].filter((name) => allowScripts[name] === undefined)).toEqual([]);
    expect(Object.keys(allowScripts).filter((name) => !withScripts.includes(name))).toEqual([]);
  });

  test('are allowed with a reason only', () => {
    const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
    expect(allowed.sort()).toEqual(Object.keys(exceptions.scripts).sort());
  });
});

describe('licences', () => {
  const partsSchema = z.object({
    license: z.union([z.string(), z.object({ type: z.string() })]).optional(),
    licenses: z.array(z.object({ type: z.string() })).optional(),
  });

  /** What is installed here says it itself; of other platforms' parts the lock file does. */
  function licenceOf([path, entry]: (typeof locked)[number]): string | undefined {
    let parts: z.infer<typeof partsSchema>;
    try {
      parts = partsSchema.parse(read(`${path}/package.json`));
    } catch {
      return entry.license;
    }
    const { license, licenses } = parts;
    return (typeof license === 'object' ? license.type : license) ?? licenses?.map(({ type }) => type).join(' OR ');
  }

  test('are known and allowed, or excepted with a reason', () => {
    const isExcepted = (name: string) =>
      Object.keys(exceptions.licences).some((known) => name === known || name.startsWith(`${known}-`));
    const faults = locked
      .filter(([, entry]) => isForUs(entry))
      .map((one) => ({ name: nameOf(one[0]), licence: licenceOf(one) }))
      .filter(({ name, licence }) => !isExcepted(name) && !isAllowed(licence ?? 'none', LICENCES));
    expect(faults).toEqual([]);
  });

  test('no exception is left over', () => {
    const names = locked.map(([path]) => nameOf(path));
    expect(Object.keys(exceptions.licences).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['MIT and ISC', true],
    ['MIT AND GPL-3.0', false],
    ['GPL-3.0', false],
    ['none', false],
  ])('%s is allowed: %s', (expression, allowed) => {
    expect(isAllowed(expression, LICENCES)).toBe(allowed);
  });
});

describe('age', () => {
  const dates = datesSchema.parse(JSON.parse(readFileSync(datesFile, 'utf8')));

  test('of every dependency is written down (node scripts/dependency-dates.ts)', () => {
    expect(Object.entries(dates).map(([name, { version }]) => [name, version])).toEqual(direct);
  });

  test(`was at least ${MINIMUM_AGE_DAYS} days when it was taken, or there is a written exception`, () => {
    const young = Object.entries(dates).flatMap(([name, { version, published, taken }]) =>
      Date.parse(taken) - Date.parse(published) < MINIMUM_AGE_DAYS * DAY_MS ? [[name, version]] : [],
    );
    expect(young).toEqual(Object.entries(exceptions.young).map(([name, { version }]) => [name, version]));
  });
});

describe('advisories', () => {
  const reportSchema = z.object({
    vulnerabilities: z.record(z.string(), z.object({ severity: z.string() })),
    metadata: z.object({ dependencies: z.object({ total: z.int().positive() }) }),
  });

  /** Undefined: the registry did not answer, or not about this. */
  function audit(): Promise<z.infer<typeof reportSchema> | undefined> {
    const words = ['audit', '--json', '--fetch-retries=0', `--fetch-timeout=${AUDIT_MS}`];
    return new Promise((resolve) => {
      // Its status is that of the findings.
      execFile('npm', words, { cwd: ROOT, timeout: AUDIT_MS, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => {
        resolve(reportSchema.safeParse(parsed(stdout)).data);
      });
    });
  }

  function parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  test('of high or critical severity are known for nothing that is locked', {
    timeout: 2 * AUDIT_MS,
  }, async (context) => {
    const report = await audit();
    if (report === undefined) return context.skip('the registry gives no answer to npm audit, so nothing is known');
    const bad = Object.entries(report.vulnerabilities).filter(([, { severity }]) =>
      ['high', 'critical'].includes(severity),
    );
    expect(bad.map(([name]) => name).filter((name) => exceptions.advisories[name] === undefined)).toEqual([]);
  });
});
