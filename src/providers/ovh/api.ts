// OVH's API with its log-in: every request of the project signed by OVH's own clock.
import { z } from 'zod';
import type { CallContext } from '../provider.ts';
import { type ApiClient, createApiClient, type Query } from '../shared/cloud/api-client.ts';
import type { Clock } from '../shared/cloud/clock.ts';
import type { Pace } from '../shared/cloud/pace.ts';
import { faultOf, isWrongTime, TITLE } from './errors.ts';
import { type OvhKeys, signedHeaders } from './signature.ts';

export interface OvhApi {
  /** Paths below `/cloud/project/<project>`. */
  project: ApiClient;
  /** What anybody may read; not signed, since a grant for the project does not cover it. */
  open: Pick<ApiClient, 'get'>;
}

interface OvhApiOptions {
  keys: OvhKeys;
  project: string;
  apiUrl: string;
  pace: Pace;
  clock: Clock;
}

const timeSchema = z.number().int();
const SECOND_MS = 1000;
/** For so long an answer of the project proves that it is there. */
const SURE_MS = 60_000;

export function createOvhApi({ keys, project, apiUrl, pace, clock }: OvhApiOptions): OvhApi {
  const baseUrl = apiUrl.replace(/\/+$/, '');
  const common = { title: TITLE, faultOf, pace, clock };
  const open = createApiClient({ ...common, baseUrl, headers: () => ({}) });

  /** How much OVH's clock is ahead of ours; undefined until the first request, and when OVH took a request for an old one. */
  let aheadMs: number | undefined;
  async function ahead(context: CallContext): Promise<number> {
    aheadMs ??= (await open.get('/auth/time', timeSchema, context)) * SECOND_MS - clock.nowMs();
    return aheadMs;
  }

  const signed = createApiClient({
    ...common,
    baseUrl: `${baseUrl}/cloud/project/${encodeURIComponent(project)}`,
    async headers({ method, url, body = '' }, context) {
      const timeS = Math.floor(((await ahead(context)) + clock.nowMs()) / SECOND_MS);
      return signedHeaders(keys, { method, url: url.href, body, timeS });
    },
  });

  let seenAtMs = Number.NEGATIVE_INFINITY;
  /** A request with a wrong time is refused before anything is done, so that it can be sent again whatever it is. */
  async function onTime<T>(send: () => Promise<T>): Promise<T> {
    const used = aheadMs;
    try {
      return await send();
    } catch (error) {
      if (!isWrongTime(error)) throw error;
      if (aheadMs === used) aheadMs = undefined;
      return await send();
    }
  }
  async function seen<T>(send: () => Promise<T>): Promise<T> {
    const answer = await onTime(send);
    seenAtMs = clock.nowMs();
    return answer;
  }
  /** A 404 may mean the whole project, which is no proof that one thing of it is gone: rejects where it does. */
  async function makeSure(context: CallContext): Promise<void> {
    if (clock.nowMs() - seenAtMs >= SURE_MS) await seen(() => signed.get('/region', z.unknown(), context));
  }

  return {
    open,
    project: {
      get: (path, schema, context, query?: Query) => seen(() => signed.get(path, schema, context, query)),
      async find(path, schema, context, query?: Query) {
        const found = await onTime(() => signed.find(path, schema, context, query));
        if (found === undefined) await makeSure(context);
        return found;
      },
      post: (path, body, schema, context) => seen(() => signed.post(path, body, schema, context)),
      put: (path, body, schema, context) => seen(() => signed.put(path, body, schema, context)),
      async delete(path, context) {
        await makeSure(context);
        await onTime(() => signed.delete(path, context));
      },
    },
  };
}
