// What the Slack of tests answers over HTTP: Web API, response URLs, uploads.
import { give, openPlatformServer, type PlatformServer } from '../platform-server.ts';
import type { Files } from './files.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { WebApi } from './web-api.ts';

interface Parts {
  webApi: WebApi;
  responseUrls: ResponseUrls;
  files: Files;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const NOT_FOUND = { kind: 'answer', status: 404, headers: {}, body: { ok: false, error: 'not_found' } } as const;

/** `parts` is asked for at each request, because the parts need the origin first. */
export function openServer(parts: () => Parts): Promise<PlatformServer> {
  return openPlatformServer(async ({ method: verb, url, headers, bytes }, response) => {
    const { webApi, responseUrls, files } = parts();
    const { authorization, 'content-type': contentType } = headers;
    if (verb !== 'POST') return give(response, NOT_FOUND, JSON_TYPE);
    const body = bytes.toString();
    const [, method] = /^\/api\/([\w.]+)$/.exec(url.pathname) ?? [];
    if (method !== undefined)
      return give(response, webApi.call({ method, authorization, contentType, body }), JSON_TYPE);
    const size = await files.receive(url.pathname, contentType, bytes);
    if (size !== undefined) return void response.end(`OK - ${size}`);
    give(response, responseUrls.take(url.pathname, contentType, body) ?? NOT_FOUND, JSON_TYPE);
  });
}
