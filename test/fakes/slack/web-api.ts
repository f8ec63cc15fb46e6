// Answers a Web API call: token, rate, fault, scope, then the method itself; and keeps a record of every call.
import type { AppIdentity } from './app-identity.ts';
import { type Arguments, readArguments } from './arguments.ts';
import type { Fault, Faults } from './faults.ts';
import type { Method } from './methods/method.ts';
import { METHODS } from './methods/registry.ts';
import type { Rates } from './rates.ts';
import { SlackRefusal } from './refusal.ts';
import type { World } from './world.ts';

export interface ApiCall {
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** On the workspace's clock. */
  readonly atMs: number;
  /** `ok`, a Slack error, or what became of the connection. */
  readonly outcome: string;
}

export interface ApiRequest {
  method: string;
  authorization: string | undefined;
  contentType: string | undefined;
  body: string;
}

/** `hang`: no answer at all; `cut`: the connection breaks. */
export type ApiAnswer =
  | { kind: 'answer'; status: number; headers: Record<string, string>; body: object }
  | { kind: 'hang' }
  | { kind: 'cut' };

export interface WebApi {
  call(request: ApiRequest): ApiAnswer;
  calls(method?: string): readonly ApiCall[];
}

export function createWebApi(world: World, rates: Rates, faults: Faults): WebApi {
  const record: ApiCall[] = [];

  function run(request: ApiRequest, given: Arguments): { answer: ApiAnswer; outcome: string } {
    const method = METHODS.get(request.method);
    if (method === undefined) throw new SlackRefusal('unknown_method', { req_method: request.method });
    const token = /^Bearer (.+)$/.exec(request.authorization ?? '')?.[1] ?? given.text('token');
    checkToken(token, method, world.app);
    const wait = rates.take(method.tier, bucketOf(method, given, world));
    if (wait !== undefined) return rateLimited(wait);
    const fault = faults.next(method.name);
    const instead = fault === undefined ? undefined : insteadOfRunning(fault);
    if (instead !== undefined) return instead;
    const needed = method.scope?.(given, world);
    if (needed !== undefined && !world.app.scopes.has(needed))
      throw new SlackRefusal('missing_scope', { needed, provided: scopesOf(world.app) });
    const body = { ok: true, ...method.run(given, world) };
    if (fault?.kind === 'lost') return { answer: { kind: 'cut' }, outcome: 'lost' };
    if (fault?.kind === 'taken') return { answer: { kind: 'hang' }, outcome: 'taken' };
    return { answer: answered(200, body, scopeHeaders(world.app, needed)), outcome: 'ok' };
  }

  return {
    call(request) {
      const note = (outcome: string, given: Readonly<Record<string, unknown>>) =>
        void record.push({ method: request.method, arguments: given, atMs: world.workspace.now(), outcome });
      let given: Arguments | undefined;
      try {
        given = readArguments(request.contentType, request.body);
        const { answer, outcome } = run(request, given);
        note(outcome, given.raw);
        return answer;
      } catch (error) {
        if (!(error instanceof SlackRefusal)) throw error;
        note(error.code, given?.raw ?? {});
        return answered(200, { ok: false, error: error.code, ...error.more }, scopeHeaders(world.app, undefined));
      }
    },
    calls: (method) => record.filter((call) => method === undefined || call.method === method),
  };
}

function checkToken(token: string | undefined, method: Method, app: AppIdentity): void {
  if (token === undefined) throw new SlackRefusal('not_authed');
  const right = method.token === 'app' ? app.appToken : app.botToken;
  if (token === right) {
    if (app.revoked) throw new SlackRefusal('token_revoked');
    return;
  }
  if (token === app.appToken || token === app.botToken) throw new SlackRefusal('not_allowed_token_type');
  throw new SlackRefusal('invalid_auth');
}

function bucketOf(method: Method, given: Arguments, { workspace, app }: World): string {
  if (method.tier !== 'posting') return method.name;
  const target = given.text('channel') ?? '';
  if (workspace.person(target) === undefined) return `posting:${target}`;
  return `posting:${workspace.openIm(target, app.botUserId).channel.id}`;
}

function insteadOfRunning(fault: Fault): { answer: ApiAnswer; outcome: string } | undefined {
  switch (fault.kind) {
    case 'status':
      return { answer: answered(fault.status, {}, {}), outcome: `HTTP ${fault.status}` };
    case 'wait':
      return rateLimited(fault.seconds);
    case 'hang':
      return { answer: { kind: 'hang' }, outcome: 'hang' };
    case 'refuse':
      throw new SlackRefusal(fault.code);
    case 'lost':
    case 'none':
    case 'taken':
      return undefined;
  }
}

function rateLimited(seconds: number): { answer: ApiAnswer; outcome: string } {
  const body = { ok: false, error: 'ratelimited' };
  return { answer: answered(429, body, { 'retry-after': String(seconds) }), outcome: 'ratelimited' };
}

function answered(status: number, body: object, headers: Record<string, string>): ApiAnswer {
  return { kind: 'answer', status, headers, body };
}

const scopesOf = (app: AppIdentity) => [...app.scopes].join(',');

function scopeHeaders(app: AppIdentity, needed: string | undefined): Record<string, string> {
  return { 'x-oauth-scopes': scopesOf(app), ...(needed === undefined ? {} : { 'x-accepted-oauth-scopes': needed }) };
}
