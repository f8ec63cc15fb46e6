// What OVH's refusals mean: its codes and statuses as the provider's errors.
import { z } from 'zod';
import { ProviderError, type ProviderErrorCode } from '../provider.ts';
import { type Refused, type VendorAnswer, wasRefusedWith } from '../shared/cloud/api-faults.ts';

export const TITLE = 'OVH';
const WRONG_TIME = 'QUERY_TIME_OUT';

/** The cause where OVH did not look at a request because of its time. */
class WrongTime extends Error {
  constructor(cause: VendorAnswer) {
    super('OVH took the request for an old one.', { cause });
    this.name = 'WrongTime';
  }
}

/** `{errorCode, httpCode, message}` from the log-in, `{class, message}` from what stands behind it. */
const refusalSchema = z.object({
  errorCode: z.string().optional(),
  class: z.string().optional(),
  message: z.string().optional(),
});

interface Meaning {
  code: ProviderErrorCode;
  message: string;
  remedy: string;
}

const MAKE_KEYS = 'make keys at https://eu.api.ovh.com/createToken/ (ca., us. for other accounts)';
const GRANTS =
  'Grant GET, POST, PUT and DELETE on /cloud/project/<OVH_PROJECT> and /cloud/project/<OVH_PROJECT>/* to the consumer key.';
const NOT_GRANTED = 'OVH does not let Shellbox do that.';

/** By the code of the log-in, whatever the status. The codes are those that OVH's own client knows: https://github.com/ovh/python-ovh, client.py. */
const BY_REASON: Readonly<Record<string, Meaning>> = {
  INVALID_KEY: refusedKey('the application key', 'OVH_APPLICATION_KEY'),
  INVALID_SIGNATURE: refusedKey('the signature', 'OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY'),
  INVALID_CREDENTIAL: refusedKey(
    'the consumer key',
    'OVH_CONSUMER_KEY, and whether its grant was confirmed or has run out',
  ),
  NOT_CREDENTIAL: refusedKey('the consumer key', 'OVH_CONSUMER_KEY'),
  NOT_GRANTED_CALL: { code: 'credentials', message: NOT_GRANTED, remedy: GRANTS },
  [WRONG_TIME]: {
    code: 'unavailable',
    message: 'OVH takes the time of a request for a wrong one.',
    remedy: 'Set the clock of this machine.',
  },
};

const BUSY: Meaning = {
  code: 'busy',
  message: 'OVH is still busy with that.',
  remedy: 'It is tried again by itself; OVH’s own words are in the log.',
};
/**
 * A 400 may mean anything, and only its text says that something is under way: OVH hands on what OpenStack says (“while it is in task_state
 * powering-off”), or has words of its own for it.
 */
const BUSY_PROSE = /\btask_state\b|currently (being )?process|\bin progress\b/i;

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: refusedKey('the log-in', 'OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET and OVH_CONSUMER_KEY'),
  403: { code: 'credentials', message: NOT_GRANTED, remedy: `${GRANTS} Look whether OVH_PROJECT is right.` },
  404: {
    code: 'invalid',
    message: 'OVH does not have what was asked for.',
    remedy: 'Look whether OVH_PROJECT is right and OVH_REGIONS are activated in it; its own words are in the log.',
  },
  409: BUSY,
  460: {
    code: 'credentials',
    message: 'The project at OVH has expired.',
    remedy: 'Renew it in the control panel, or set OVH_PROJECT to one that lives.',
  },
};

const OTHERS: Meaning = {
  code: 'invalid',
  message: 'OVH refused what it was asked.',
  remedy: 'Its own words are in the log.',
};

/** For the client: what an answer of 4xx means. */
export function faultOf({ status, body, cause }: Refused): ProviderError {
  const { data } = refusalSchema.safeParse(body);
  const reason = data?.errorCode ?? data?.class ?? '';
  const isBusy = status === 400 && BUSY_PROSE.test(data?.message ?? '');
  const { code, message, remedy } = BY_REASON[reason] ?? (isBusy ? BUSY : BY_STATUS[status]) ?? OTHERS;
  return new ProviderError(code, message, { remedy, cause: reason === WRONG_TIME ? new WrongTime(cause) : cause });
}

export function isStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return statuses.some((status) => wasRefusedWith(error, status));
}

/** Nothing was done then. */
export function isWrongTime(error: unknown): boolean {
  return error instanceof ProviderError && error.cause instanceof WrongTime;
}

function refusedKey(what: string, where: string): Meaning {
  return { code: 'credentials', message: `OVH refuses ${what}.`, remedy: `Check ${where}, or ${MAKE_KEYS}.` };
}
