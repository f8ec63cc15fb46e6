// What a door brings in: who speaks, where, and what was said; and whom it hands that to.
import type { Address } from './thread.ts';

/** How the door that brought the command behaves, as far as commands must know. */
export interface DoorTraits {
  name: string;
  /** `--yes` counts as a confirmation (not in mail). */
  yesConfirms: boolean;
  /** A thread begins with a message that shows the state of its box for as long as the box lives. */
  lights: boolean;
  /** Whoever asks waits on a connection: what is not taken in is told there, and is not written down. */
  answersItself?: boolean;
}

/** One way a person speaks to us, as proven by the door. */
export interface Speaker {
  door: string;
  tenant: string;
  /** Unique in door and tenant: Slack user id, key fingerprint, address. */
  subject: string;
  /** For greetings and audit, e.g. `ana@laptop`. */
  display: string;
  /** The key that signed, in the form of a line of `authorized_keys`; only from SSH. */
  publicKey?: string;
  /** Proven memberships by which operators let people in: Discord guild and role ids. */
  groups?: readonly string[];
  /** The zone they live by, as the platform says: an IANA name, not checked. */
  timeZone?: string;
  /** Not of the team that has us installed, e.g. from the other side of a Slack Connect channel. */
  guest?: boolean;
}

/** Where replies go, as the door names it. */
export interface ThreadPlace {
  /** Finds the thread again: unique in door and tenant. */
  key: string;
  address: Address;
  /** The platform's rate-limit key (a channel, a recipient, a connection's process). */
  lane: string;
}

/** One thing that arrived, proven and in order; the door has checked signatures and dropped robots and edits. */
export interface Arrival {
  door: string;
  tenant: string;
  /** The platform's id of what arrived; the same id is the same arrival. */
  deliveryId: string;
  thread: ThreadPlace;
  speaker: Speaker;
  /** Commands as typed, one a line. */
  text: string;
  /** A person is there to answer a question. */
  interactive: boolean;
  /**
   * What the platform wants to be shown for a private answer to this arrival, e.g. a response URL; only the door reads it. Stored
   * encrypted, and handed back with every message that answers the arrival.
   */
  ticket?: string;
  /** Its commands run one after the other, each when the one before is done, and one message answers them all. */
  whole?: true;
}

/** What a door hands its arrivals to. */
export interface Intake {
  /**
   * Writes the arrival down, once. The door acknowledges after it resolves, and does not when it rejects. @throws ShellboxError
   * `too_much`, to a door that answers itself: what to say instead
   */
  accept(arrival: Arrival): Promise<{ delivery: string; duplicate: boolean }>;
  /** Runs what was accepted. When the process dies before the end, another one finishes it. */
  work(delivery: string): Promise<void>;
}
