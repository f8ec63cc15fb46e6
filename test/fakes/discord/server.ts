// What the Discord of tests answers over HTTP.
import { give, openPlatformServer, type PlatformServer } from '../platform-server.ts';
import type { Rest } from './rest.ts';

/** `rest` is asked for at each request, because the rest needs the origin first. */
export function openServer(rest: () => Rest): Promise<PlatformServer> {
  return openPlatformServer(async ({ method, url, headers, bytes }, response) => {
    const { authorization, 'content-type': contentType } = headers;
    give(response, await rest().call({ method, url, authorization, contentType, bytes }));
  });
}
