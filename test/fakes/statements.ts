// Names a statement by the function of src/store/ that it stands in, read from the sources: a new statement has a name by itself.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STORE = fileURLToPath(new URL('../../src/store', import.meta.url));
const FUNCTION = /^(?:export )?(?:async )?function (\w+)/;
/** The beginning of a template of SQL, up to what is filled in first. */
const TEMPLATE = /(?:\$(?:query|execute)Raw|Prisma\.sql)(?:<[^`]*?>)?`([^`$]*)/g;
/** Not the lock `FOR UPDATE`, nor `ON CONFLICT … DO UPDATE`, which belongs to its INSERT. */
const WRITE = /\bINSERT INTO\s|\bDELETE FROM\s|(?<!\bFOR )(?<!\bNO KEY )(?<!\bDO )\bUPDATE\s/;

interface Known {
  start: string;
  name: string;
}

/** Whether the statement changes what is stored. */
export function isWrite(sql: string): boolean {
  return WRITE.test(sql);
}

/** The names of all writes that the store has: `jobs.claimJob`. */
export function storeWrites(): string[] {
  const writes = files().flatMap(({ module, text }) =>
    text
      .split(/^(?=(?:export )?(?:async )?function )/m)
      .filter((part) => FUNCTION.test(part) && isWrite(part.replaceAll(/^\s*(?:\/\/|\*).*$/gm, '')))
      .flatMap((part) => `${module}.${FUNCTION.exec(part)?.[1]}`),
  );
  return [...new Set(writes)].toSorted();
}

/** What names statements of this program; one that is not in the store, as Prisma's own are, by verb and table. */
export function createStatementNames(): (sql: string) => string {
  const known = files().flatMap(({ module, text }) => statementsOf(module, text));
  const names = new Map<string, string>();
  return (sql) => {
    const before = names.get(sql);
    if (before !== undefined) return before;
    const flat = flatten(sql);
    const best = known
      .filter(({ start }) => start.length > 0 && flat.startsWith(start))
      .toSorted((one, other) => other.start.length - one.start.length)[0];
    const name = best?.name ?? plainName(flat);
    names.set(sql, name);
    return name;
  };
}

function files(): { module: string; text: string }[] {
  return readdirSync(STORE)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ module: file.slice(0, -3), text: readFileSync(join(STORE, file), 'utf8') }));
}

function statementsOf(module: string, text: string): Known[] {
  return text.split(/^(?=(?:export )?(?:async )?function )/m).flatMap((part) => {
    const name = FUNCTION.exec(part)?.[1];
    if (name === undefined) return [];
    return [...part.matchAll(TEMPLATE)].map(([, start = '']) => ({ start: flatten(start), name: `${module}.${name}` }));
  });
}

const flatten = (sql: string): string => sql.replaceAll(/\s+/g, ' ').trim();

function plainName(sql: string): string {
  const [, verb = '', table = ''] = /\b(INSERT INTO|DELETE FROM|UPDATE)\s+(?:"public"\.)?"?(\w+)/.exec(sql) ?? [];
  return `${verb.split(' ')[0]?.toLowerCase()} ${table}`;
}
