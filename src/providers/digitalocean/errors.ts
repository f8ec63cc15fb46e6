// What DigitalOcean's refusals mean. Source: https://docs.digitalocean.com/reference/api/reference/ and its clients' issue trackers.
import { z } from 'zod';
import { ProviderError, type ProviderErrorCode } from '../provider.ts';
import type { Refused } from '../shared/cloud/api-faults.ts';
import { TITLE } from './options.ts';
import { SCOPES } from './scopes.ts';

const LIMITS = 'Ask for more at https://cloud.digitalocean.com/account/team/limits, or destroy boxes.';
const BUSY_MS = 5_000;

const bodySchema = z.object({ message: z.string() });

interface Meaning {
  code: ProviderErrorCode;
  message: string;
  remedy?: string;
  retryAfterMs?: number;
}

/**
 * The same status and the same `id` (`unprocessable_entity`, `forbidden`, `conflict`) stand for all of these; only the text tells them apart.
 * A text that is not known falls back to its status.
 */
const PROSE: readonly (Meaning & { text: RegExp })[] = [
  { text: /droplet limit/i, code: 'quota', message: `${TITLE}’s limit of droplets is reached.`, remedy: LIMITS },
  {
    text: /(volume|snapshot|capacity)\b.*\blimit\b/i,
    code: 'quota',
    message: `${TITLE}’s limit of volumes is reached.`,
    remedy: LIMITS,
  },
  {
    text: /(size|region)\b.*\b(not available|unavailable|not supported)|sold out|out of capacity|insufficient capacity/i,
    code: 'sold_out',
    message: `${TITLE} has no machine of this size in this region now.`,
    remedy: 'Try again later, or allow more regions or families of sizes.',
  },
  {
    text: /pending event|is locked|event in progress|currently being/i,
    code: 'busy',
    message: `${TITLE} is still busy with this machine.`,
    retryAfterMs: BUSY_MS,
  },
  {
    text: /attached to a droplet|attached volume/i,
    code: 'busy',
    message: `${TITLE} still has this volume attached to a machine.`,
    retryAfterMs: BUSY_MS,
  },
  {
    text: /\b(invalid|unknown) image\b|\bimage\b.*\b(invalid|not (valid|available|found|exist))/i,
    code: 'image_missing',
    message: `${TITLE} does not know the image of a box, or not in this region.`,
    remedy: 'Look at the image that is configured: it is the slug of a public image, e.g. debian-12-x64.',
  },
];

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: {
    code: 'credentials',
    message: `${TITLE} does not accept the token.`,
    remedy: 'Make a new one at https://cloud.digitalocean.com/account/api/tokens and configure it.',
  },
  403: {
    code: 'credentials',
    message: `${TITLE} does not let this token do that.`,
    remedy: `The token needs these scopes: ${SCOPES}.`,
  },
  404: { code: 'vanished', message: `${TITLE} does not have that any more.` },
  409: {
    code: 'busy',
    message: `${TITLE} is doing something that stands in the way.`,
    retryAfterMs: BUSY_MS,
  },
};

/** Statuses whose texts are looked at: 401, for one, means the same whatever it says. */
const WITH_PROSE = [400, 403, 409, 412, 422];

export function faultOf({ status, body, cause }: Refused): ProviderError {
  const parsed = bodySchema.safeParse(body);
  const text = parsed.success && WITH_PROSE.includes(status) ? parsed.data.message : '';
  const known = PROSE.find((prose) => prose.text.test(text)) ?? BY_STATUS[status];
  const { code, message, remedy, retryAfterMs } = known ?? {
    code: 'invalid' as const,
    message: `${TITLE} refused that (${status}).`,
    remedy: 'Its own words are in the log.',
  };
  return new ProviderError(code, message, { remedy, retryAfterMs, cause });
}

/** What was begun ended without success; the vendor says no more. */
export function actionFailed(doing: string): ProviderError {
  return new ProviderError('unavailable', `${TITLE} tried to ${doing} and failed; it does not say why.`, {
    remedy: 'Look at the history of the droplet at https://cloud.digitalocean.com/droplets, or ask DigitalOcean.',
    retryAfterMs: BUSY_MS,
  });
}
