// The documents against the program: links, tests that they name, variables that they explain.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/commands/registry.ts';
import { VARIABLE_NAMES } from '../src/config/variables.ts';
import { VERBS } from '../src/verbs/registry.ts';
import { MUTATIONS } from './mutations/mutations.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENTS = [
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
];

/** `file` "title", "title" */
function testsNamedIn(text: string): { file: string; title: string }[] {
  return [...text.matchAll(/`(test\/[^`]+\.ts)`((?:,? "[^"]+")+)/g)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title })),
  );
}

describe.each(DOCUMENTS)('%s', (document) => {
  it('links to what is there', () => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target);
    expect(links.filter((target) => !existsSync(join(ROOT, dirname(document), target)))).toEqual([]);
  });

  it('names files that are there', () => {
    const named = [...read(document).matchAll(/`((?:src|test|prisma|scripts|image|deploy|docs)\/[\w./-]+)`/g)];
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('docs/security.md', () => {
  it('names tests that are there', () => {
    const named = testsNamedIn(read('docs/security.md'));
    expect(named.length).toBeGreaterThan(40);
    const missing = named.filter(({ file, title }) => !existsSync(join(ROOT, file)) || !read(file).includes(title));
    expect(missing).toEqual([]);
  });
});

describe('docs/reliability.md', () => {
  it('lists every deliberate mistake with its test', () => {
    const text = read('docs/reliability.md');
    const rows = MUTATIONS.map(
      ({ mistake, promise, file, test }) => `| ${mistake} | ${promise} | \`${file}\` | \`${test}\` |`,
    );
    expect(rows.filter((row) => !text.includes(row))).toEqual([]);
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(30);
  });

  it('lists mistakes that can still be made', () => {
    const gone = MUTATIONS.filter(({ file, find }) => read(file).split(find).length !== 2);
    expect(gone.map(({ mistake }) => mistake)).toEqual([]);
  });

  it('names tests that are there', () => {
    const missing = MUTATIONS.filter(
      ({ test, title = '' }) => !existsSync(join(ROOT, test)) || !read(test).includes(title),
    );
    expect(missing.map(({ mistake }) => mistake)).toEqual([]);
  });
});

describe('docs/operate.md', () => {
  const text = read('docs/operate.md');
  const explained = text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name));

  it('explains every variable that is read, and no other', () => {
    expect([...explained].sort()).toEqual([...VARIABLE_NAMES].sort());
  });

  it('lists every verb', () => {
    expect(VERBS.map(({ name }) => name).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('README.md', () => {
  it('lists every command', () => {
    const text = read('README.md');
    expect(COMMANDS.map(({ name }) => name).filter((name) => !text.includes(`\`${name}`))).toEqual([]);
  });
});
