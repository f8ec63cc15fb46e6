// The source tree as the architecture test sees it: files, the imports in them, and their code without comments and texts.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
/** Prisma's client, made from the schema; not ours to shape. */
export const GENERATED = 'store/prisma/';

export interface Source {
  /** Relative to src, with `/`. */
  path: string;
  text: string;
}

export interface Import {
  from: string;
  /** A file relative to src, or a package's name. */
  to: string;
  kind: 'file' | 'package' | 'node';
  /** Erased before the program runs. */
  typeOnly: boolean;
}

export function readSources(): Source[] {
  return readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(SRC, file), text: readFileSync(file, 'utf8') }))
    .filter(({ path }) => !path.startsWith(GENERATED))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** Between the keyword and `from` there are names, braces, commas and stars only. */
const FROM = /^(?:import|export)\s+(type\s)?([\w$\s{},*]*?)\s*from\s*'([^'\n]+)'/gm;
const BARE = /^import\s*'([^'\n]+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^'\n]+)'/g;

export function importsOf({ path, text }: Source): Import[] {
  const code = withoutComments(text);
  return [
    ...[...code.matchAll(FROM)].map(([, type, names = '', target = '']) =>
      importOf(path, target, type !== undefined || onlyTypes(names)),
    ),
    ...[...code.matchAll(BARE)].map(([, target = '']) => importOf(path, target, false)),
    ...[...code.matchAll(DYNAMIC)].map(([, target = '']) => importOf(path, target, false)),
  ];
}

/** How many import and re-export statements begin in the file, counted another way than `importsOf` reads them. */
export function statementsOf({ text }: Source): number {
  const code = withoutComments(text);
  return (
    (code.match(/^import\b(?!\()/gm)?.length ?? 0) + (code.match(/^export (?:type )?[{*][^'=]*from '/gm)?.length ?? 0)
  );
}

function importOf(from: string, target: string, typeOnly: boolean): Import {
  const what = { from, typeOnly };
  if (target.startsWith('.')) return { ...what, to: normalize(join(dirname(from), target)), kind: 'file' };
  if (target.startsWith('node:')) return { ...what, to: target, kind: 'node' };
  return { ...what, to: target.split('/', target.startsWith('@') ? 2 : 1).join('/'), kind: 'package' };
}

/** `{ type A, type B }` */
function onlyTypes(clause: string): boolean {
  const inner = /^\{([^}]*)\}$/.exec(clause.trim())?.[1] ?? '';
  const parts = inner.split(',').map((part) => part.trim());
  const named = parts.filter((part) => part !== '');
  return named.length > 0 && named.every((part) => part.startsWith('type '));
}

/** Comments are emptied, so that prose is not taken for code; lines keep their numbers. */
function withoutComments(text: string): string {
  return text
    .replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\s\/\/ .*$/gm, '');
}

/** What the file does, without what it says: comments and string literals emptied. */
export function codeOf(source: Source): string {
  return withoutComments(source.text).replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}
