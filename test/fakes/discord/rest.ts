// Answers a request to Discord's API: route, token, rate, fault, form, then the route itself; and keeps a record of every request.
import { z } from 'zod';
import { readBody } from './body.ts';
import type { Fault, Faults } from './faults.ts';
import type { OpenApi } from './openapi.ts';
import type { Rates } from './rates.ts';
import { DiscordRefusal, formError } from './refusal.ts';
import { type FoundRoute, findRoute } from './routes/registry.ts';
import type { RouteAnswer } from './routes/route.ts';
import type { World } from './world.ts';

export interface RestCall {
  /** `POST /channels/{channel_id}/messages`, or the path when there is no such route. */
  readonly route: string;
  readonly path: string;
  readonly body: unknown;
  /** On the clock of Discord. */
  readonly atMs: number;
  /** The HTTP status, Discord's code, or what became of the connection: `200`, `404 10003`, `lost`. */
  readonly outcome: string;
}

/** A request that did not fit Discord's description or limits, or an answer of this fake that did not. */
export interface Misfit {
  readonly route: string;
  readonly errors: readonly string[];
}

export interface RestRequest {
  method: string;
  url: URL;
  authorization: string | undefined;
  contentType: string | undefined;
  bytes: Buffer;
}

/** `hang`: no answer at all; `cut`: the connection breaks. */
export type RestAnswer =
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: unknown }
  | { kind: 'hang' }
  | { kind: 'cut' };

export interface Rest {
  call(request: RestRequest): Promise<RestAnswer>;
  calls(route?: string): readonly RestCall[];
  /** Requests that were refused with 50035 or 50006. */
  faults(): readonly Misfit[];
  /** Answers of the fake that do not fit the description. */
  ownFaults(): readonly Misfit[];
}

const EMPTY_MESSAGE = 50_006;
const BASE = /^\/api\/v10(\/.*)$/;

export function createRest(world: World, rates: Rates, faults: Faults, openApi: OpenApi | undefined): Rest {
  const record: RestCall[] = [];
  const misfits: Misfit[] = [];
  const own: Misfit[] = [];

  function checkToken(authorization: string | undefined, { route }: FoundRoute): void {
    if (route.token === 'path') return;
    if (authorization !== `Bot ${world.app.token}` || world.app.revoked) throw new DiscordRefusal('unauthorized');
  }

  /** Throws what Discord would refuse. */
  function run(found: FoundRoute, request: RestRequest, body: Awaited<ReturnType<typeof readBody>>): RouteAnswer {
    const { name } = found.route;
    const errors = body.json === undefined ? [] : (openApi?.requestErrors(name, body.json) ?? []);
    if (errors.length > 0) {
      const formErrors = errors.map((message) => ({ at: '', code: 'DOES_NOT_FIT', message }));
      throw new DiscordRefusal('invalid form body', formErrors);
    }
    const param = (key: string) => found.params.get(key) ?? '';
    const answer = found.route.run(
      { param, query: request.url.searchParams, body: body.json, files: body.files },
      world,
    );
    const wrong = openApi?.answerErrors(name, answer.status, answer.body) ?? [];
    if (answer.body !== undefined && wrong.length > 0) own.push({ route: name, errors: wrong });
    return answer;
  }

  function refused(
    error: unknown,
    route: string,
    headers: Record<string, string>,
  ): { answer: RestAnswer; outcome: string } {
    const refusal = error instanceof z.ZodError ? formError('', 'MODEL_TYPE_CONVERT', z.prettifyError(error)) : error;
    if (!(refusal instanceof DiscordRefusal)) throw error;
    if (refusal.formErrors.length > 0 || refusal.code === EMPTY_MESSAGE)
      misfits.push({
        route,
        errors: [refusal.message, ...refusal.formErrors.map(({ at, message }) => `${at}: ${message}`)],
      });
    const { status } = refusal;
    const code = refusal.code === 0 ? '' : ` ${refusal.code}`;
    return { answer: { kind: 'answer', status, headers, body: refusal.body() }, outcome: `${status}${code}` };
  }

  async function answer(
    request: RestRequest,
    found: FoundRoute | undefined,
    body: () => Promise<Awaited<ReturnType<typeof readBody>>>,
  ) {
    let headers: Record<string, string> = {};
    const route = found?.route.name ?? `${request.method} ${request.url.pathname}`;
    try {
      const { json, files } = await body();
      if (found === undefined) throw new DiscordRefusal('not found');
      checkToken(request.authorization, found);
      const taken = rates.take(route, found.params.get('channel_id') ?? '');
      headers = taken.headers;
      if (taken.waitMs !== undefined) return limited(taken.waitMs / 1000, false, headers);
      const fault = faults.next(route);
      const instead = fault === undefined ? undefined : insteadOf(fault);
      if (instead !== undefined) return instead;
      const given = run(found, request, { json, files });
      if (fault?.kind === 'lost') return { answer: { kind: 'cut' } as const, outcome: 'lost' };
      if (fault?.kind === 'taken') return { answer: { kind: 'hang' } as const, outcome: 'taken' };
      return {
        answer: { kind: 'answer', status: given.status, headers, body: given.body } as const,
        outcome: String(given.status),
      };
    } catch (error) {
      return refused(error, route, headers);
    }
  }

  return {
    async call(request) {
      const path = BASE.exec(request.url.pathname)?.[1];
      const found = path === undefined ? undefined : findRoute(request.method, path);
      let json: unknown;
      const { answer: given, outcome } = await answer(request, found, async () => {
        const body = await readBody(request.contentType, request.bytes);
        json = body.json;
        return body;
      });
      const route = found?.route.name ?? `${request.method} ${request.url.pathname}`;
      record.push({ route, path: request.url.pathname, body: json, atMs: world.state.now(), outcome });
      return given;
    },
    calls: (route) => record.filter((call) => route === undefined || call.route === route),
    faults: () => misfits,
    ownFaults: () => own,
  };
}

function insteadOf(fault: Fault): { answer: RestAnswer; outcome: string } | undefined {
  switch (fault.kind) {
    case 'status': {
      const body = { message: `${fault.status}: made to fail`, code: 0 };
      return { answer: { kind: 'answer', status: fault.status, headers: {}, body }, outcome: String(fault.status) };
    }
    case 'wait':
      return limited(fault.seconds, fault.global === true, {});
    case 'hang':
      return { answer: { kind: 'hang' }, outcome: 'hang' };
    case 'refuse':
      throw new DiscordRefusal(fault.with);
    case 'lost':
    case 'none':
    case 'taken':
      return undefined;
  }
}

function limited(
  seconds: number,
  global: boolean,
  more: Record<string, string>,
): { answer: RestAnswer; outcome: string } {
  const headers = {
    ...more,
    'retry-after': String(Math.ceil(seconds)),
    'x-ratelimit-reset-after': seconds.toFixed(3),
    'x-ratelimit-scope': global ? 'global' : 'user',
    ...(global ? { 'x-ratelimit-global': 'true' } : {}),
  };
  const body = { message: 'You are being rate limited.', retry_after: seconds, global };
  return { answer: { kind: 'answer', status: 429, headers, body }, outcome: '429' };
}
