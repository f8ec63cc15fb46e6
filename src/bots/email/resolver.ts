// DNS for proofs: the system's name servers, or those that the operator names.
import { type Resolver as NodeResolver, promises } from 'node:dns';
import type { Resolver } from './in/dns.ts';

const TRIES = 2;
const TIMEOUT_MS = 2_000;

/** `servers`: `127.0.0.1:5353`; undefined: the system's. */
export function createResolver(servers: readonly string[] | undefined): Resolver {
  const resolver = new promises.Resolver({ timeout: TIMEOUT_MS, tries: TRIES } satisfies ConstructorParameters<
    typeof NodeResolver
  >[0]);
  if (servers !== undefined) resolver.setServers(servers);
  return async (name, type) => {
    const found: unknown = await resolver.resolve(name, type);
    return Array.isArray(found) ? found : [found];
  };
}
