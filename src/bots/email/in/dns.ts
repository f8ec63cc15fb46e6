// Questions to DNS on behalf of a mail that is read: as many as a mail may need, each with a deadline.
import { Resolver as DnsResolver } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { FromThread, ToThread } from './read-mail.ts';

/**
 * Records of a name, in the form of `dns.promises.resolve`: TXT as lists of pieces, A and AAAA as texts, MX as `{ exchange, priority }`.
 * Rejects with a `code` such as ENOTFOUND, ENODATA or ETIMEOUT.
 */
export type Resolver = (name: string, type: string) => Promise<readonly unknown[]>;

/** Of one try; there are two. */
const TRY_MS = 1_400;

/** Asks the servers of this machine, or those given, as `address:port`. */
export function systemResolver(servers?: readonly string[]): Resolver {
  const resolver = new DnsResolver({ timeout: TRY_MS, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  return async (name, type) => {
    const records: unknown = await resolver.resolve(name, type);
    return Array.isArray(records) ? records : [records];
  };
}

type Question = Extract<FromThread, { kind: 'question' }>;

/** What a domain name may be before it is asked for (RFC 1035 2.3.4). */
const LONGEST_NAME = 253;

/** Never rejects: what goes wrong is told as a code, `ETIMEOUT` when the resolver said nothing in time, or before the signal. */
export async function answerQuestion(
  { question, name, type }: Question,
  resolve: Resolver,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<ToThread> {
  if (name.length > LONGEST_NAME) return { kind: 'no_records', question, code: 'ENOTFOUND' };
  const done = new AbortController();
  const late = delay(deadlineMs, undefined, { signal: AbortSignal.any([signal, done.signal]) }).then(
    () => 'late' as const,
  );
  late.catch(() => undefined);
  try {
    const records = await Promise.race([resolve(name, type), late]);
    if (records === 'late') return { kind: 'no_records', question, code: 'ETIMEOUT' };
    return { kind: 'records', question, records };
  } catch (error) {
    return { kind: 'no_records', question, code: signal.aborted ? 'ETIMEOUT' : codeOf(error) };
  } finally {
    done.abort();
  }
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : 'ESERVFAIL';
}
