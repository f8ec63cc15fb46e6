// What the SSH door asks about keys and boxes; handed in, so that the door itself knows no table.
import type { Endpoint } from '../../boxes/endpoint.ts';
import type { BoxState } from '../../boxes/states.ts';
import type { ProgressLine } from '../../threads/reply.ts';

/** A box as the gateway sees it. */
export interface GatewayBox {
  id: string;
  name: string;
  accountId: string;
  /** Whose it is, for somebody whose key is only listed; undefined for one's own. */
  owner?: string | undefined;
  state: BoxState;
  /** When the state was entered. */
  stateSince: Date;
  /** When it was stopped because nobody used it; undefined once it was started again. */
  sleptAt: Date | undefined;
  /** Whether a connection starts it. */
  wakes: boolean;
  /** Where SSH answers while it runs. */
  endpoint: Endpoint | undefined;
  /** The only host key that may answer, in the form of a `known_hosts` line without the host. */
  hostPublicKey: string;
}

/** What a key that signed may do. */
export interface KeyView {
  /** The account that the key speaks for; undefined for a key that is only listed, or unknown. */
  account: { id: string; name: string; timeZone: string } | undefined;
  /** The live boxes it opens, by name: those of the account it speaks for, or, of a key that speaks for nobody, of all that list it. */
  boxes: readonly GatewayBox[];
}

/** How a wake ended: running, or the sentence that says why not. */
export type WakeResult = { kind: 'running'; box: GatewayBox } | { kind: 'refused'; text: string };

export interface Directory {
  lookUp(fingerprint: string): Promise<KeyView>;
  /** The box now, or undefined when it was destroyed. */
  box(boxId: string): Promise<GatewayBox | undefined>;
  /** Starts a stopped box, or waits for the start that is under way; `onLine` gets each step as it ends. */
  wake(
    boxId: string,
    fingerprint: string,
    onLine: (line: ProgressLine) => void,
    signal: AbortSignal,
  ): Promise<WakeResult>;
  /** Notes that somebody was let in, for the audit. */
  opened(boxId: string, fingerprint: string): Promise<void>;
  /** Notes that something was typed or printed in a session then. */
  used(boxId: string, at: Date): Promise<void>;
  /** Messages that could not be delivered when they were ready, oldest first, until they are noted as shown. */
  undelivered(accountId: string): Promise<readonly { id: string; text: string }[]>;
  /** Notes that these messages have reached their reader after all. */
  noteShown(messageIds: readonly string[]): Promise<void>;
}
