// Discord's REST interface as this door uses it: one attempt a call, nobody is ever pinged, failures by kind.
import { DiscordAPIError, HTTPError, RateLimitError, REST } from 'discord.js';
import { ShellboxError } from '../../errors.ts';
import { RateLimited } from '../door.ts';

/** Discord did nothing, and says why by a number. Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
export class DiscordRefused extends ShellboxError<'discord_refused'> {
  readonly status: number;
  readonly reason: number;

  constructor(status: number, reason: number, cause: unknown) {
    super('discord_refused', `Discord refused (${status}, ${reason}).`, { cause });
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

export function createDiscordApi({ token, apiUrl }: { token: string; apiUrl: string | undefined }): DiscordApi {
  const rest = new REST({ ...restOptionsOf(apiUrl), rejectOnRateLimit: () => true });
  return {
    async call(method, route, { body, file, query, signal } = {}) {
      signal?.throwIfAborted();
      try {
        return await rest.request({
          method: method as never,
          fullRoute: route,
          // The library would forget a token at its first 401.
          auth: false,
          headers: { authorization: `Bot ${token}` },
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

function understood(error: unknown): unknown {
  if (error instanceof RateLimitError)
    return new RateLimited('Discord wants us to wait.', Math.max(1, error.retryAfter), { cause: error });
  if (error instanceof DiscordAPIError && error.status < 500)
    return new DiscordRefused(error.status, Number(error.code), error);
  if (error instanceof HTTPError && error.status < 500) return new DiscordRefused(error.status, 0, error);
  return error;
}

/** The codes by which decisions are made. */
export const REASON = {
  unknownChannel: 10_003,
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
