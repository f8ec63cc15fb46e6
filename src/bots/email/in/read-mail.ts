// What is known of a mail once it was read, and what the reading thread and its owner say to each other.
import type { AuthorFault } from './author.ts';
import type { HeaderField } from './head.ts';
import type { Proof } from './proof.ts';

export interface Author {
  /** In lower case. */
  address: string;
  domain: string;
  /** One line without anything invisible; the address where there is no name. */
  display: string;
}

export interface ReadHead {
  /** Undefined when From is not exactly one plain address; `authorFault` says why. */
  author: Author | undefined;
  authorFault?: AuthorFault;
  proof: Proof;
  /** All of them, in the order of the mail. */
  headers: readonly HeaderField[];
  /** Decoded, in one line; '' when there is none or more than one. */
  subject: string;
  /** With its brackets. */
  messageId: string | undefined;
  inReplyTo: string[];
  references: string[];
  /** Addresses of To and Cc, in lower case. */
  recipients: string[];
}

export interface ReadMail extends ReadHead {
  /** The first text, or HTML as text; lines end with LF. */
  text: string;
  /** Lines of public key files that came along, at most five. */
  keys: string[];
  /** A private key came along, as a file or in the text. */
  hasPrivateKey: boolean;
  /** False when the body was too large or could not be read in time; text and keys are empty then. */
  readable: boolean;
}

/** One mail for the thread. */
export interface Order {
  bytes: Uint8Array<ArrayBuffer>;
  clientIp: string | undefined;
  helo: string | undefined;
  envelopeFrom: string | undefined;
  ownHost: string;
  ownAddress: string;
  /** A signature made earlier proves nothing. */
  notBefore: Date;
  /** Bodies of larger mails are not read. */
  maximumBytes: number;
}

export type ToThread =
  | { kind: 'read'; order: Order }
  | { kind: 'records'; question: number; records: readonly unknown[] }
  | { kind: 'no_records'; question: number; code: string };

export type FromThread =
  | { kind: 'question'; question: number; name: string; type: string }
  | { kind: 'head'; head: ReadHead }
  | { kind: 'body'; text: string; keys: string[]; hasPrivateKey: boolean; readable: boolean };
