// The layering of docs/architecture.md, enforced: who may import whom, which package belongs where, and the shape of a source file.
import { describe, expect, it } from 'vitest';
import { mayImport, mayUse } from './architecture/layers.ts';
import { MAY_REVEAL } from './architecture/reveals.ts';
import {
  codeOf,
  GENERATED,
  type Import,
  importsOf,
  readSources,
  type Source,
  statementsOf,
} from './architecture/source-tree.ts';

const MOST_LINES = 250;

const sources = readSources();
const imports = sources.flatMap(importsOf);
const files = imports.filter((one) => one.kind === 'file');
const packages = imports.filter((one) => one.kind === 'package');

function said({ from, to, typeOnly }: Import): string {
  return `${from} imports ${typeOnly ? 'a type of ' : ''}${to}`;
}

/** A made-up file, to show that a rule bites. */
function made(text: string, path = 'worker/x.ts'): Source {
  return { path, text };
}

describe('the reader of imports', () => {
  const read = (text: string) => importsOf(made(text)).map(said);

  it('sees every form of an import and resolves it', () => {
    expect(read("import { a } from '../store/jobs.ts';")).toEqual(['worker/x.ts imports store/jobs.ts']);
    expect(read("import {\n  a,\n  type B,\n} from './y.ts';")).toEqual(['worker/x.ts imports worker/y.ts']);
    expect(read("import type { A } from '../a.ts';")).toEqual(['worker/x.ts imports a type of a.ts']);
    expect(read("import { type A, type B } from '../a.ts';")).toEqual(['worker/x.ts imports a type of a.ts']);
    expect(read("import * as z from 'zod';")).toEqual(['worker/x.ts imports zod']);
    expect(read("import D, { type E } from 'dockerode/x.js';")).toEqual(['worker/x.ts imports dockerode']);
    expect(read("import '@prisma/client/runtime';")).toEqual(['worker/x.ts imports @prisma/client']);
    expect(read("export { a } from './w.ts';")).toEqual(['worker/x.ts imports worker/w.ts']);
    expect(read("const a = await import('../main.ts');")).toEqual(['worker/x.ts imports main.ts']);
  });

  it('takes neither comments nor other code for imports', () => {
    expect(read("// import { a } from './y.ts';\n/** import('./y.ts') */\nexport const from = 'x';")).toEqual([]);
  });

  it('misses no import of the source tree', () => {
    const missed = sources.filter((source) => importsOf(source).length < statementsOf(source));
    expect(missed.map(({ path }) => path)).toEqual([]);
    expect(imports.length).toBeGreaterThan(300);
  });
});

describe('who may import whom', () => {
  it('a file imports only what its part may know', () => {
    expect(files.filter((one) => !mayImport(one)).map(said)).toEqual([]);
  });

  it.each([
    ['boxes/names.ts', 'store/boxes.ts'],
    ['threads/reply.ts', 'bots/door.ts'],
    ['accounts/keys.ts', 'log.ts'],
    ['store/jobs.ts', 'worker/job.ts'],
    ['queue/wakes.ts', 'worker/job.ts'],
    ['commands/spinup.ts', 'providers/provider.ts'],
    ['commands/spinup.ts', 'bots/door.ts'],
    ['commands/spinup.ts', 'worker/job.ts'],
    ['bots/ssh/server.ts', 'commands/parse.ts'],
    ['bots/ssh/server.ts', 'providers/provider.ts'],
    ['bots/ssh/server.ts', 'bots/slack/adapter.ts'],
    ['bots/deliver.ts', 'bots/ssh/server.ts'],
    ['providers/docker/docker.ts', 'store/boxes.ts'],
    ['providers/docker/docker.ts', 'providers/ovh/ovh.ts'],
    ['worker/worker.ts', 'bots/door.ts'],
    ['worker/worker.ts', 'providers/docker/docker.ts'],
    ['roles/bots.ts', 'verbs/start.ts'],
    ['store/jobs.ts', 'config.ts'],
    ['elsewhere/new.ts', 'errors.ts'],
  ])('%s may not import %s', (from, to) => {
    expect(mayImport({ from, to, kind: 'file', typeOnly: false })).toBe(false);
  });

  it('a type is an import like any other', () => {
    const read = (text: string) => importsOf(made(text, 'bots/ssh/x.ts')).map(mayImport);
    expect(read("import type { BoxSpec } from '../../providers/provider.ts';")).toEqual([false]);
    expect(read("import type { Endpoint } from '../../boxes/endpoint.ts';")).toEqual([true]);
  });

  it('nobody imports the composition root', () => {
    expect(files.filter((one) => one.to === 'main.ts').map(said)).toEqual([]);
  });

  it('every imported file exists', () => {
    const known = new Set([...sources.map(({ path }) => path), '../package.json']);
    expect(files.filter(({ to }) => !known.has(to) && !to.startsWith(GENERATED)).map(said)).toEqual([]);
  });
});

describe('which package belongs where', () => {
  it("a vendor's package is imported in its own folder only", () => {
    expect(packages.filter((one) => !mayUse(one)).map(said)).toEqual([]);
  });

  it.each([
    ['worker/worker.ts', 'dockerode'],
    ['commands/spinup.ts', 'ssh2'],
    ['worker/worker.ts', 'bullmq'],
    ['boxes/names.ts', 'a-package-nobody-placed'],
  ])('%s may not import %s', (from, to) => {
    expect(mayUse({ from, to, kind: 'package', typeOnly: true })).toBe(false);
  });

  it("only the store imports Prisma's client and types", () => {
    const prisma = imports.filter(({ to }) => to.startsWith(GENERATED) || to.startsWith('@prisma/'));
    expect(prisma.length).toBeGreaterThan(0);
    expect(prisma.filter(({ from }) => !from.startsWith('store/')).map(said)).toEqual([]);
  });
});

/** Each forbidden shape: how it is found, and a line that has it. */
const FORBIDDEN = {
  'reads the environment': {
    pattern: /\bprocess\s*(?:\.env\b|\[)|\benv\b[^=;]*=\s*process\b/,
    sample: 'process.env.A',
  },
  'has a default export': { pattern: /^export\s+default\b|\bas\s+default\b/, sample: 'export default 1;' },
  'exports all of another file': { pattern: /^export\s+(?:type\s+)?\*/, sample: "export * from './a.ts';" },
  'uses any': { pattern: /(?:[:<|&,(]|\bas)\s*any\b(?=\s*[;,)>[\]|&={]|$)/, sample: 'const a = (b: any) => b;' },
  'casts twice': { pattern: /\bas\s+unknown\s+as\b/, sample: 'a as unknown as B' },
  'asserts that something is there': { pattern: /[\w$)\]]!(?=[.,;)\][]|\s*$)/, sample: 'list[0]!.name' },
} as const;

function linesOf(source: Source, pattern: RegExp): string[] {
  const lines = codeOf(source).split('\n');
  return lines.flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1} ${line.trim()}`] : []));
}

/** Nothing but imports and exports of what others made. */
function isBarrel(source: Source): boolean {
  const code = codeOf(source);
  const rest = code
    .replace(/^(?:import|export)\s+(?:type\s+)?[\w$\s{},*]*?\s*from\s*'[^'\n]*';?/gm, '')
    .replace(/^export\s+(?:type\s+)?\{[^}]*\};?/gm, '');
  return rest.trim() === '' && /^export\b/m.test(code);
}

describe('who may look into a secret', () => {
  // What is written in quotes is no code to `codeOf`.
  const looks = (source: Source): boolean =>
    source.path !== 'secret.ts' && (/\breveal\b/.test(codeOf(source)) || /\[\s*['"`]reveal/.test(source.text));

  it('those that hand it to what uses it, and nobody else', () => {
    expect(sources.filter(looks).map(({ path }) => path)).toEqual(Object.keys(MAY_REVEAL).sort());
  });

  it.each(['const text = token.reveal();', 'const { reveal } = token;', "const text = token['reveal']();"])(
    '%s is a look',
    (text) => {
      expect(looks(made(text))).toBe(true);
    },
  );
});

describe('the shape of a source file', () => {
  it.each(Object.entries(FORBIDDEN))('none %s', (name, { pattern, sample }) => {
    expect(linesOf(made(sample), pattern)).toHaveLength(1);
    const checked = name === 'reads the environment' ? sources.filter(({ path }) => path !== 'config.ts') : sources;
    expect(checked.flatMap((source) => linesOf(source, pattern))).toEqual([]);
  });

  it('none is a barrel', () => {
    expect(isBarrel(made("import { a } from './a.ts';\nexport type { B } from './b.ts';\nexport { a };"))).toBe(true);
    expect(sources.filter(isBarrel).map(({ path }) => path)).toEqual([]);
  });

  it('each begins with a comment that says what it is for', () => {
    const silent = sources.filter(({ text }) => !/^(?:#!.*\n)?\/\/ \S.{15,}/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it(`each has at most ${MOST_LINES} lines`, () => {
    const counted = sources.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
    expect(counted.filter(({ lines }) => lines > MOST_LINES)).toEqual([]);
  });
});
