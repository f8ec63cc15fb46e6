// The e-mail door in a line, and what has to be said of it at each start.
import type { Joining } from '../config/chat-doors.ts';
import type { ListenAddress } from '../config/values.ts';
import type { Config } from '../config.ts';

/** More names than these would fill the screen. */
const MOST_NAMES = 5;

/** `box@acme.dev, in by SMTP at 127.0.0.1:2525, out by smtp, sign-up acme.dev`; undefined when the door is off. Holds no secret. */
export function emailLine({ email, signUp }: Pick<Config, 'email' | 'signUp'>): string | undefined {
  if (email === undefined) return undefined;
  const { address, smtp, inbound, outgoing } = email;
  const ways = [
    ...(smtp === undefined ? [] : [`SMTP at ${addressText(smtp.listen)}`]),
    ...(inbound === undefined ? [] : ['SendGrid at /email/inbound/…']),
  ];
  return `${address}, in by ${ways.join(' and ')}, out by ${outgoing.kind}, sign-up ${joiningText(signUp.email)}`;
}

/** For the operator's terminal; empty when all is as it should be. */
export function emailWarnings({ email }: Pick<Config, 'email'>): string[] {
  if (email?.allowUnauthenticated !== true) return [];
  return [
    '! E-mail: EMAIL_ALLOW_UNAUTHENTICATED=true takes everybody’s word for who wrote a mail: whoever reaches this server commands all boxes.',
  ];
}

function joiningText(joining: Joining): string {
  if (typeof joining === 'string') return joining;
  const more = joining.length - MOST_NAMES;
  return `${joining.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function addressText({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
