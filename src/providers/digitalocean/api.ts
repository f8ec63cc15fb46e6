// DigitalOcean's API as the other files ask it: the log-in, and lists with all their pages.
import { type ZodType, z } from 'zod';
import { type CallContext, ProviderError } from '../provider.ts';
import { type ApiClient, createApiClient, type Query } from '../shared/cloud/api-client.ts';
import { systemClock } from '../shared/cloud/clock.ts';
import { createPace, type Pace } from '../shared/cloud/pace.ts';
import { faultOf } from './errors.ts';
import { DEFAULTS, type DigitalOceanOptions, TITLE } from './options.ts';

export interface Api extends ApiClient, Pick<Pace, 'slowed'> {
  /** All of a list, or a rejection. */
  all<T extends Keyed>(asked: Asked<T>, context: CallContext): Promise<T[]>;
}

type Keyed = { id: string | number } | { slug: string };

interface Asked<T> {
  path: string;
  /** The key under which the items are. */
  name: string;
  item: ZodType<T>;
  query?: Query;
}

const envelope = z.looseObject({
  links: z.object({ pages: z.object({ next: z.string().optional() }).optional() }).optional(),
  meta: z.object({ total: z.number() }).optional(),
});

/** The most that DigitalOcean gives. */
const PER_PAGE = 200;
const TRIES = 3;

export function createApi(options: DigitalOceanOptions): Api {
  const { apiUrl = DEFAULTS.apiUrl, clock = systemClock, pace = createPace(clock), token, fetch, deadlineMs } = options;
  const client = createApiClient({
    baseUrl: apiUrl,
    title: TITLE,
    headers: () => ({ authorization: `Bearer ${token.reveal()}` }),
    faultOf,
    pace,
    clock,
    ...(fetch === undefined ? {} : { fetch }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });

  /** One walk over the pages, counted and not by the links, which may lead elsewhere; undefined where it is not whole, or something moved meanwhile. */
  async function walk<T extends Keyed>({ path, name, item, query }: Asked<T>, context: CallContext) {
    const schema = pageSchema(name, item);
    const found = new Map<unknown, T>();
    let total: number | undefined;
    for (let page = 1; ; page++) {
      const read = await client.get(path, schema, context, { ...query, per_page: PER_PAGE, page });
      for (const one of read.items) found.set(keyOf(one), one);
      if (page > 1 && read.total !== total) return undefined;
      total = read.total;
      if (read.next !== undefined && read.items.length > 0) continue;
      return total === undefined || found.size === total ? [...found.values()] : undefined;
    }
  }

  return {
    ...client,
    slowed: pace.slowed,
    async all(asked, context) {
      for (let tried = 0; tried < TRIES; tried++) {
        const found = await walk(asked, context);
        if (found !== undefined) return found;
      }
      throw new ProviderError(
        'unavailable',
        `${TITLE}’s list of ${asked.name} is not whole, or changes faster than it can be read.`,
      );
    },
  };
}

function pageSchema<T>(name: string, item: ZodType<T>) {
  const items = z.array(item);
  return envelope.transform((page, checked) => {
    const found = items.safeParse(page[name]);
    if (found.success) return { items: found.data, next: page.links?.pages?.next, total: page.meta?.total };
    for (const { path, message } of found.error.issues) {
      checked.addIssue({ code: 'custom', path: [name, ...path], message });
    }
    return z.NEVER;
  });
}

function keyOf(item: Keyed): string | number {
  return 'id' in item ? item.id : item.slug;
}

/** Left out by older servers, null where newer ones have nothing. */
export function listOf<T>(item: ZodType<T>) {
  return z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
}
