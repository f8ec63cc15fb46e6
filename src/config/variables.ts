// Every variable that is read.
import { z } from 'zod';
import { sizesSchema, tiersSchema } from '../boxes/sizes.ts';
import { chatVariables } from './chat-doors.ts';
import { cloudVariables } from './clouds.ts';
import { emailVariables } from './email-door.ts';
import { idleVariables } from './idle.ts';
import {
  directory,
  flag,
  hidden,
  hostName,
  ipAddress,
  json,
  key32,
  listenAddress,
  listOf,
  oneOf,
  port,
  portRange,
  textOf,
  timeZone,
  url,
  wholeNumber,
} from './values.ts';

const anyText = textOf('give a value', (text) => text);
/** In the form that `whoami` prints. */
const IDENTITY = /^(slack:[A-Z0-9]+:[A-Z0-9]+|discord:\d+|email:[^\s:@,]+@[^\s:@,]+|ssh:SHA256:[A-Za-z0-9+/]{43})$/;

export const variables = z.object({
  SHELLBOX_DATA_DIR: directory.optional(),
  SHELLBOX_SECRET_KEY: hidden(key32).optional(),
  SHELLBOX_HOST: hostName.optional(),
  SHELLBOX_PORT: port.optional(),
  METRICS_LISTEN: listenAddress.optional(),
  SHELLBOX_PUBLIC_URL: url('http:', 'https:').optional(),
  SHELLBOX_INSTALL_ID: textOf('give a small letter and seven more small letters or digits', (text) =>
    /^[a-z][a-z0-9]{7}$/.test(text) ? text : undefined,
  ).optional(),
  SHELLBOX_ADMINS: listOf('give identities as whoami prints them, such as ssh:SHA256:…, with commas between', (word) =>
    IDENTITY.test(word) ? word : undefined,
  ).optional(),
  DATABASE_URL: hidden(url('postgres:', 'postgresql:')).optional(),
  REDIS_URL: hidden(url('redis:', 'rediss:', 'unix:')).optional(),
  SSH_LISTEN: listenAddress.optional(),
  SSH_PUBLIC_HOST: hostName.optional(),
  SSH_PUBLIC_PORT: port.optional(),
  SSH_SIGNUP: oneOf('open', 'closed').optional(),
  ...chatVariables,
  ...emailVariables,
  GITHUB_URL: url('http:', 'https:').optional(),
  // Which there are is the registry's to say, so loadConfig looks at them.
  PROVIDER: anyText.optional(),
  PROVIDERS: listOf('give names with commas between', (word) => word || undefined).optional(),
  SIZES: json(sizesSchema).optional(),
  TIERS: json(tiersSchema).optional(),
  DOCKER_HOST: hidden(url('unix:', 'tcp:', 'http:', 'https:', 'ssh:')).optional(),
  DOCKER_MEMORY_MIB: wholeNumber(256, 99_999_999).optional(),
  BOX_IMAGE: anyText.optional(),
  BOX_BIND: ipAddress.optional(),
  BOX_SSH_HOST: hostName.optional(),
  BOX_PORTS: portRange.optional(),
  BOX_ISOLATION: flag.optional(),
  BOX_SUDO: flag.optional(),
  ...cloudVariables,
  CONFIRM_PRICES: flag.optional(),
  DESTROY_KEEP_HOURS: wholeNumber(0, 8760).optional(),
  ...idleVariables,
  DEFAULT_TIME_ZONE: timeZone.optional(),
  RETAIN_DAYS: wholeNumber(1, 36_500).optional(),
  LOG_LEVEL: oneOf('debug', 'info', 'warn', 'error', 'silent').optional(),
});

export type Variables = z.infer<typeof variables>;

export type VariableName = keyof typeof variables.shape;

/** What is wrong with this text as the variable's value, without repeating it; undefined when nothing is. */
export function faultOf(name: VariableName, text: string): string | undefined {
  return variables.shape[name].safeParse(text).error?.issues[0]?.message;
}

export const VARIABLE_NAMES: readonly string[] = Object.keys(variables.shape);

/** Names of the environment that were probably meant for us but mean nothing, each with the known name it resembles, if any. */
export function strangeNames(
  names: readonly string[],
  nearest: (name: string, known: readonly string[]) => string | undefined,
): { name: string; meant: string | undefined }[] {
  return names
    .filter((name) => !VARIABLE_NAMES.includes(name))
    .map((name) => ({ name, meant: nearest(name, VARIABLE_NAMES) }))
    .filter(({ name, meant }) => name.startsWith('SHELLBOX_') || (meant !== undefined && isSlip(name, meant)));
}

/** Close enough to be a slip of the fingers: other programs have names such as SSH_CLIENT and DOCKER_CONFIG. */
function isSlip(name: string, meant: string): boolean {
  return name.length > 7 && Math.abs(name.length - meant.length) <= 2 && sharedEnds(name, meant) >= meant.length - 2;
}

/** Letters that both begin with and both end with; two slips in different places are not taken for one. */
function sharedEnds(one: string, other: string): number {
  const shortest = Math.min(one.length, other.length);
  let front = 0;
  while (front < shortest && one[front] === other[front]) front++;
  let back = 0;
  while (back < shortest - front && one.at(-1 - back) === other.at(-1 - back)) back++;
  return front + back;
}
