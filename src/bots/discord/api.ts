// Discord's REST interface as this door uses it: one attempt a call, nobody is ever pinged, failures by kind.
import { DefaultRestOptions, DiscordAPIError, HTTPError, RateLimitError, REST, type RESTOptions } from 'discord.js';
import { z } from 'zod';
import { ShellboxError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import { RateLimited } from '../door.ts';

/** Discord did nothing, and says why by a number. Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
export class DiscordRefused extends ShellboxError<'discord_refused'> {
  readonly status: number;
  readonly reason: number;

  constructor(status: number, reason: number) {
    super('discord_refused', `Discord refused (${status}, ${reason}).`);
    this.status = status;
    this.reason = reason;
  }
}

export interface Call {
  body?: object;
  /** Attached as text. */
  file?: { name: string; text: string };
  query?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface DiscordApi {
  /**
   * One attempt. Rejects with RateLimited, DiscordRefused, or, when nobody knows whether it was done, with another error. The answer
   * is as Discord gave it and has to be read by a schema.
   */
  call(method: Method, route: `/${string}`, call?: Call): Promise<unknown>;
}

const CALL_MS = 10_000;
const UNKNOWN_WAIT_MS = 1_000;
/** The library keeps a queue for each interaction, which is answered once and never again; by itself it forgets them after an hour. */
const FORGET_EVERY_MS = 60_000;

export interface RestOptions {
  version: '10';
  retries: 0;
  timeout: number;
  offset: 0;
  api?: string;
}

/** For this and for the gateway's connection. */
export function restOptionsOf(apiUrl: string | undefined): RestOptions {
  return {
    version: '10',
    retries: 0,
    timeout: CALL_MS,
    // What Discord says is what is waited.
    offset: 0,
    ...(apiUrl === undefined ? {} : { api: apiUrl.replace(/\/$/, '') }),
  };
}

export function createDiscordApi({ token, apiUrl }: { token: Secret; apiUrl: string | undefined }): DiscordApi {
  const rest = new REST({
    ...restOptionsOf(apiUrl),
    rejectOnRateLimit: () => true,
    makeRequest: orLimited,
    handlerSweepInterval: FORGET_EVERY_MS,
  });
  return {
    async call(method, route, { body, file, query, signal } = {}) {
      signal?.throwIfAborted();
      try {
        return await rest.request({
          method: method as never,
          fullRoute: route,
          // The library would forget a token at its first 401.
          auth: false,
          headers: { authorization: `Bot ${token.reveal()}` },
          ...(body === undefined ? {} : { body }),
          ...(file === undefined ? {} : { files: [{ name: file.name, data: file.text, contentType: 'text/plain' }] }),
          ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
          ...(signal === undefined ? {} : { signal }),
        });
      } catch (error) {
        throw understood(error);
      }
    },
  };
}

const limitedSchema = z.object({ retry_after: z.number() });

/** The time to wait is exact in the body alone; the header, which the library goes by, has whole seconds. */
const orLimited: RESTOptions['makeRequest'] = async (url, init) => {
  const response = await DefaultRestOptions.makeRequest(url, init);
  if (response.status !== 429) return response;
  const body = limitedSchema.safeParse(await response.json().catch(() => undefined));
  const seconds = body.success ? body.data.retry_after : Number(response.headers.get('retry-after'));
  throw limited(seconds * 1_000);
};

function limited(ms: number): RateLimited {
  const waitMs = Number.isFinite(ms) ? Math.max(1, Math.ceil(ms)) : UNKNOWN_WAIT_MS;
  return new RateLimited('Discord wants us to wait.', waitMs);
}

/** The library's own errors have the URL in them, with an interaction's token, and what was to be said: no log is to have those. */
function understood(error: unknown): unknown {
  if (error instanceof RateLimitError) return limited(error.retryAfter);
  if (!(error instanceof DiscordAPIError || error instanceof HTTPError)) return error;
  const { status } = error;
  if (status >= 500) return new ShellboxError('discord_failed', `Discord failed (${status}).`);
  return new DiscordRefused(status, error instanceof DiscordAPIError ? Number(error.code) : 0);
}

/** The codes by which decisions are made. */
export const REASON = {
  unknownChannel: 10_003,
  unknownGuild: 10_004,
  unknownMessage: 10_008,
  unknownWebhook: 10_015,
  unknownInteraction: 10_062,
  acknowledged: 40_060,
  missingAccess: 50_001,
  noDirectMessages: 50_007,
  missingPermissions: 50_013,
  wrongChannelType: 50_024,
  badWebhookToken: 50_027,
  archivedThread: 50_083,
  threadExists: 160_004,
} as const;

export function isRefused(error: unknown, ...reasons: readonly (keyof typeof REASON)[]): error is DiscordRefused {
  return error instanceof DiscordRefused && reasons.some((name) => REASON[name] === error.reason);
}

/** Our token is worth nothing any more. */
export const isShutOut = (error: unknown): error is DiscordRefused =>
  error instanceof DiscordRefused && error.status === 401 && error.reason !== REASON.badWebhookToken;

/** The channel takes nothing of ours: it is gone, or we may not. */
export const isClosed = (error: unknown): error is DiscordRefused =>
  isRefused(error, 'unknownChannel', 'missingAccess', 'missingPermissions');
