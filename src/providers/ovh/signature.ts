// Signs a request for OVH: https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api, "First API usage".
import { createHash } from 'node:crypto';
import type { Secret } from '../../secret.ts';

export interface OvhKeys {
  /** Of the application; not secret. */
  applicationKey: string;
  applicationSecret: Secret;
  /** What the owner of the account granted to the application. */
  consumerKey: Secret;
}

export interface Signable {
  method: string;
  /** Whole, as it is sent. */
  url: string;
  /** As it is sent; empty for none. */
  body: string;
  /** OVH's time, whole seconds since the epoch. */
  timeS: number;
}

/** The headers that prove who asks. OVH takes each only for a while, and by its own clock. */
export function signedHeaders(keys: OvhKeys, { method, url, body, timeS }: Signable): Record<string, string> {
  const consumer = keys.consumerKey.reveal();
  const signed = [keys.applicationSecret.reveal(), consumer, method, url, body, String(timeS)].join('+');
  return {
    'x-ovh-application': keys.applicationKey,
    'x-ovh-consumer': consumer,
    'x-ovh-timestamp': String(timeS),
    'x-ovh-signature': `$1$${createHash('sha1').update(signed).digest('hex')}`,
  };
}
