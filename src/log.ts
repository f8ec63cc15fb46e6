// The structured logger: one line per outcome, with the ids of what it is about, and without secrets.
import { AsyncLocalStorage } from 'node:async_hooks';
import { pino, stdSerializers } from 'pino';
import { HIDDEN } from './secret.ts';

/** What the rest of the program may do with a logger; pino's shape. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the lines are about that are logged now: `delivery`, `command`, `job`, `box`, `door` … */
const about = new AsyncLocalStorage<object>();

/** Every line that is logged while `work` runs carries these fields and no others of its surroundings: for where something begins. */
export function logAs<T>(fields: object, work: () => T): T {
  return about.run(fields, work);
}

/** The same, beside those that hold already. */
export function logWith<T>(fields: object, work: () => T): T {
  return about.run({ ...about.getStore(), ...fields }, work);
}

/** Field names whose values never reach the log, at any of the first three levels. */
const SECRET_FIELDS = [
  'password',
  'token',
  'secret',
  'privateKey',
  'authorization',
  'databaseUrl',
  'redisUrl',
  'secretKey',
];

export interface LogOptions {
  level: string;
  /** Values (tokens, passwords, keys) that must not appear anywhere in a line. */
  secrets: readonly string[];
  /** Where lines go; standard error by default, because standard output belongs to the commands. */
  destination?: { write(line: string): void };
}

/** Shorter texts would be found in words that mean something else. */
const SHORTEST_SCRUBBED = 6;

/** What takes these texts out of a line, wherever they are in it. */
export function scrubber(secrets: readonly string[]): (line: string) => string {
  // A URL before the password in it, which would leave the rest of the URL.
  const texts = secrets
    .filter(({ length }) => length >= SHORTEST_SCRUBBED)
    // As it stands in a line of JSON.
    .flatMap((text) => [...new Set([text, JSON.stringify(text).slice(1, -1)])])
    .sort((a, b) => b.length - a.length);
  return (line) => texts.reduce((text, secret) => text.replaceAll(secret, HIDDEN), line);
}

/** Makes the process's logger. JSON lines; `secrets` are replaced by `[secret]` wherever they appear. */
export function createLogger(options: LogOptions): Logger {
  const out = options.destination ?? process.stderr;
  const scrub = scrubber(options.secrets);
  const lines = pino(
    {
      level: options.level,
      base: null,
      // What a line says itself counts more.
      mixin: () => ({ ...about.getStore() }),
      serializers: { error: describe },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: HIDDEN },
    },
    { write: (line: string) => out.write(scrub(line)) },
  );
  const level =
    (name: keyof Logger) =>
    (fields: object, message: string): void => {
      try {
        lines[name](fields, message);
      } catch (error) {
        // What fails because of its log line would be worse than a line without its fields.
        lines[name]({ error }, message);
      }
    };
  return { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
}

/** An error with its causes, because a vendor's own words are there and nowhere else. */
function describe(error: unknown): unknown {
  return error instanceof Error ? stdSerializers.errWithCause(error) : error;
}
