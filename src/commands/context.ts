// What a command may use while it runs: the transaction, who asks, where, and the rules of this installation.
import type { Account } from '../accounts/account.ts';
import type { Gateway } from '../boxes/card.ts';
import type { Offer } from '../boxes/offers.ts';
import type { Sizes, Tiers } from '../boxes/sizes.ts';
import type { KeyPair } from '../secret.ts';
import type { Tx } from '../store/database.ts';
import type { SecretBox } from '../store/secretbox.ts';
import type { DoorTraits, Speaker } from '../threads/arrival.ts';
import type { ThreadRef } from '../threads/thread.ts';
import type { Woken } from './aftermath.ts';

/** The rules of this installation that commands apply. */
export interface House {
  version: string;
  sizes: Sizes;
  tiers: Tiers;
  /** Names of the providers people may choose; the first is the default. */
  providers: readonly ProviderTraits[];
  gateway: Gateway;
  destroyKeepHours: number;
  /** Whether people are asked before a box is made that costs something. */
  asksForPrices: boolean;
  /** How stops are planned and announced. */
  idle: { warnMinutes: number; unknownMinutes: number };
  defaultTimeZone: string;
  /** Whom to ask for rights, e.g. `ssh:SHA256:…`; may be empty. */
  admins: readonly string[];
}

/** What commands may know of a provider without knowing the provider. */
export interface ProviderTraits {
  name: string;
  title: string;
  maximumCpus: number | undefined;
  memoryBudgetMiB: number | undefined;
  mostBoxes: number | undefined;
  ports: { first: number; last: number } | undefined;
  keepsHomes: boolean;
  takesSnapshots: boolean;
  /** What people may choose among; undefined where there is nothing to choose. */
  regions: Offer | undefined;
  images: Offer | undefined;
  /** Undefined where boxes cost nothing. What they cost is written down (`store/prices.ts`). */
  prices: unknown;
}

/** What people call the box's provider. */
export function titleOf({ providers }: Pick<House, 'providers'>, box: { provider: string }): string {
  return providers.find(({ name }) => name === box.provider)?.title ?? box.provider;
}

export interface CommandContext {
  tx: Tx;
  /** The row of the command being run. */
  commandId: string;
  /** Undefined for commands of audience `key` when the speaker has no account. */
  account: Account | undefined;
  speaker: Speaker;
  thread: ThreadRef;
  door: DoorTraits;
  house: House;
  now: Date;
  /** Unpredictable, in [0, 1): codes are made of it. */
  random: () => number;
  secrets: SecretBox;
  /** A new Ed25519 key pair for a box, in OpenSSH's formats. */
  newHostKey: () => KeyPair;
  /** To be called for every job whose row was locked or made, for others' lanes that got a message, and for accounts that got a notice: woken once the transaction has ended. */
  wake: (what: Woken) => void;
  /** To be called for every running box whose keys changed: they are brought into it once the transaction has ended. */
  configure: (boxId: string) => void;
  /** A person is there to answer a question. */
  interactive: boolean;
}
