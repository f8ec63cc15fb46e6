// An account: a person, their tier and their standing.
import type { TierName } from '../boxes/sizes.ts';

export interface Account {
  id: string;
  /** How the account is called in lists and audit; from its first identity. */
  name: string;
  tier: TierName;
  admin: boolean;
  /** IANA name. */
  timeZone: string;
  suspendedAt: Date | undefined;
}
