// How a variable's text becomes a value; what is said of a fault never repeats the text, because it may be a secret.
import { isIP } from 'node:net';
import { normalize } from 'node:path';
import { z } from 'zod';
import { parsedJson } from '../parsed-json.ts';
import { secret } from '../secret.ts';

export interface ListenAddress {
  host: string;
  port: number;
}

/** Text that `parse` turns into a value; `fault` says what to give instead when it returns undefined. */
export function textOf<T>(fault: string, parse: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: fault });
    return z.NEVER;
  });
}

export function wholeNumber(least: number, most: number) {
  return textOf(`give a whole number from ${least} to ${most}`, (text) => inRange(text, least, most));
}

export const port = textOf('give a port from 1 to 65535', (text) => inRange(text, 1, 65_535));

export const flag = textOf('give true or false', (text) => ({ true: true, false: false })[text]);

export const listenAddress = textOf('give host:port or [IPv6 address]:port', parseListen);

export const hostName = textOf('give a host name or an IP address, without a port', (text) =>
  isIP(text) !== 0 ||
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/.test(text)
    ? text
    : undefined,
);

export const ipAddress = textOf('give an IP address of this machine, 127.0.0.1 for this machine alone', (text) =>
  isIP(text) === 0 ? undefined : text,
);

export const portRange = textOf('give a range of ports above 1023, first-last', (text) => {
  const [, from = '', to = ''] = /^(\d+)\s*-\s*(\d+)$/.exec(text) ?? [];
  const [first, last] = [inRange(from, 1024, 65_535), inRange(to, 1024, 65_535)];
  return first === undefined || last === undefined || first > last ? undefined : { first, last };
});

/** Node (24.21) makes folders for ever where the kernel says ENOENT although the parent is there, as it does in /proc. */
export const directory = textOf('give a directory on a disk; nothing can be kept in /proc or /sys', (text) =>
  /^\/+(proc|sys)(\/|$)/.test(normalize(text)) ? undefined : text,
);

export const timeZone = textOf('give an IANA time zone such as Europe/Berlin', (text) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
});

/** A URL of one of these schemes, as it was written. */
export function url(...schemes: readonly string[]) {
  return textOf(`give a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`, (text) =>
    schemes.includes(URL.parse(text)?.protocol ?? '') ? text : undefined,
  );
}

/** What `read` makes of the text, as a secret. */
export function hidden<T>(read: z.ZodType<T, string>) {
  return read.transform((value) => secret(value));
}

/** One of these words. */
export function oneOf<const Word extends string>(...words: readonly Word[]) {
  return textOf(`give ${words.join(' or ')}`, (text) => words.find((word) => word === text));
}

/** Words between commas, each of which `read` knows. */
export function listOf<Word extends string>(fault: string, read: (word: string) => Word | undefined) {
  return textOf(fault, (text) => {
    const words = text.split(',').map((word) => read(word.trim()));
    return words.includes(undefined) ? undefined : words.filter((word) => word !== undefined);
  });
}

/** JSON that the schema takes; each fault has its place in it as the path, and the schema's words as its message. */
export function json<T>(schema: z.ZodType<T>) {
  return z.string().transform((text, context): T => {
    const value = parsedJson(text);
    const result = value === undefined ? undefined : schema.safeParse(value);
    if (result?.success) return result.data;
    if (result === undefined) context.addIssue({ code: 'custom', message: 'give JSON' });
    for (const issue of result?.error.issues ?? []) context.addIssue(jsonFault(issue));
    return z.NEVER;
  });
}

/** The 32 bytes of a key in base64. */
export const key32 = textOf('give 32 bytes in base64: openssl rand -base64 32', (text) => {
  const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  return bytes?.length === 32 ? new Uint8Array(bytes) : undefined;
});

/** What stands in place of a name that is not known may be anything, so it is in no path; nor is it in the schema's own words. */
function jsonFault(issue: z.core.$ZodIssue) {
  const path = issue.code === 'invalid_key' ? issue.path.slice(0, -1) : issue.path;
  return { code: 'custom' as const, message: issue.message, path };
}

function inRange(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

function parseListen(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d+)$/.exec(text) ?? [];
  const number = inRange(digits, 1, 65_535);
  if (number === undefined || (bracketed !== undefined && isIP(bracketed) !== 6)) return undefined;
  const host = bracketed ?? plain;
  return host === undefined ? undefined : { host, port: number };
}
