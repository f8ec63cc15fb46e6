// One of Discord's routes: its pattern, whose token it wants, and what it does.
import type { UploadedFile } from '../body.ts';
import type { World } from '../world.ts';

export interface RouteRequest {
  /** A part of the path by its name in the pattern. */
  param(name: string): string;
  query: URLSearchParams;
  /** Parsed JSON; undefined when there was no body. */
  body: unknown;
  files: readonly UploadedFile[];
}

export interface RouteAnswer {
  status: number;
  /** None for 204. */
  body?: unknown;
}

export interface Route {
  /** As in Discord's reference: `POST /channels/{channel_id}/messages`. */
  readonly name: string;
  /** `path`: what it may do is in the path, as an interaction's token. */
  readonly token: 'bot' | 'path';
  run(request: RouteRequest, world: World): RouteAnswer;
}

export const ok = (body: unknown): RouteAnswer => ({ status: 200, body });
export const done: RouteAnswer = { status: 204 };
