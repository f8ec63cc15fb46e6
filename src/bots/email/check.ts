// What DNS says of the address people write to: who takes its mail, and by what others can tell that our answers are genuine.
import { domainOf } from './address.ts';
import type { Resolver } from './in/dns.ts';

export interface MailDns {
  domain: string;
  /** Names of the servers that take its mail. */
  mx: readonly string[];
  spf: boolean;
  dmarc: boolean;
  /** A selector under which a key was found; only those are tried that are in common use. */
  dkimSelector: string | undefined;
}

/** Of SendGrid, Postfix with OpenDKIM, and the large hosts. */
const SELECTORS = ['s1', 's2', 'default', 'mail', 'dkim', 'google', 'selector1', 'k1'];
const NOTHING = new Set(['ENOTFOUND', 'ENODATA']);

/** Rejects when DNS does not answer. */
export async function checkMailDns(address: string, resolve: Resolver): Promise<MailDns> {
  const domain = domainOf(address);
  const ask = async (name: string, type: string): Promise<readonly unknown[]> => {
    try {
      return await resolve(name, type);
    } catch (error) {
      if (error instanceof Error && 'code' in error && NOTHING.has(String(error.code))) return [];
      throw error;
    }
  };
  const texts = async (name: string): Promise<string[]> =>
    (await ask(name, 'TXT')).map((record) => (Array.isArray(record) ? record.join('') : String(record)));
  const [mx, own, policy, keys] = await Promise.all([
    ask(domain, 'MX'),
    texts(domain),
    texts(`_dmarc.${domain}`),
    Promise.all(SELECTORS.map((selector) => texts(`${selector}._domainkey.${domain}`))),
  ]);
  return {
    domain,
    mx: mx.flatMap(exchangeOf),
    spf: own.some((text) => /^v=spf1(\s|$)/i.test(text)),
    dmarc: policy.some((text) => /^v=DMARC1\s*;/i.test(text)),
    dkimSelector: SELECTORS.find((_, index) => keys[index]?.some((text) => /(^|;)\s*p=[A-Za-z0-9+/]/.test(text))),
  };
}

function exchangeOf(record: unknown): string[] {
  const exchange = typeof record === 'object' && record !== null ? Reflect.get(record, 'exchange') : undefined;
  return typeof exchange === 'string' && exchange !== '' ? [exchange] : [];
}
