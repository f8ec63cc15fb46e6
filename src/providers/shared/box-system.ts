// A box from inside, the same on every provider: its account, the places in it that a provider fills, and the facts of its greeting.

/** The account of a box; key-only, with a home that is a volume. */
export const BOX_USER = { name: 'dev', uid: 1000, gid: 1000 } as const;

/**
 * Files and folders the provider owns in a box. The host key must be there before the first start of a container (it exits with 78
 * otherwise); the other two may be replaced at any time and count from the next log-in on.
 */
export const BOX_PATHS = {
  /** OpenSSH private key, ed25519, without passphrase. */
  hostKey: { path: '/run/shellbox/ssh_host_ed25519_key', mode: 0o600, uid: 0, gid: 0 },
  /** authorized_keys lines; must stay readable by the account, as sshd reads it with its rights. */
  authorizedKeys: { path: '/etc/shellbox/authorized_keys', mode: 0o644, uid: 0, gid: 0 },
  /** What `greetingText` makes. */
  greeting: { path: '/etc/shellbox/greeting', mode: 0o644, uid: 0, gid: 0 },
  /** Mount point of the home; filled from /etc/skel at the first boot when it is empty or not yet the account's. */
  home: { path: '/home/dev', mode: 0o755, uid: BOX_USER.uid, gid: BOX_USER.gid },
} as const;

export interface GreetingFacts {
  name: string;
  /** When the box stops by itself, as a phrase: `stops after 60 idle minutes; home is kept`; '' says nothing. */
  stopNote: string;
  /** IANA zone for the time of the last log-in; UTC without one. */
  timeZone?: string | undefined;
}

/** The greeting's facts as the box reads them: `key=value` lines, control characters replaced by spaces. */
export function greetingText({ name, stopNote, timeZone = 'UTC' }: GreetingFacts): string {
  const lines = [`name=${name}`, `note=${stopNote}`, `timezone=${timeZone}`];
  return lines.map((line) => `${line.replaceAll(/\p{Cc}+/gu, ' ')}\n`).join('');
}
