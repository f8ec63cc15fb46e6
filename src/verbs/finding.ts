// One thing that doctor looked at.
import { ShellboxError } from '../errors.ts';

export interface Finding {
  ok: boolean;
  what: string;
  remedy?: string;
  /** Worth saying, but the service works. */
  isMinor?: boolean;
  /** What a set-up still has before it: the first start, a record in DNS. */
  isAhead?: boolean;
}

/** An error as a finding; what is not ours is named by `what` alone, because its text may hold anything. */
export function findingOf(what: string, error: unknown): Finding {
  if (!(error instanceof ShellboxError)) return { ok: false, what: `${what}: failed in an unforeseen way` };
  const finding = { ok: false, what: error.message };
  return error.remedy === undefined ? finding : { ...finding, remedy: error.remedy };
}

/** For a door whose people are elsewhere. */
export function localAddresses(door: string): Finding {
  return {
    ok: false,
    isMinor: true,
    what: `people in ${door} are shown addresses of this machine only`,
    remedy: 'Set SSH_PUBLIC_HOST (and SSH_PUBLIC_PORT), so that replies show the way through the SSH door.',
  };
}
