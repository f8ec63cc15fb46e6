// What the SSH door allows, and how long it waits.
import type { Algorithms } from 'ssh2';

export interface SshLimits {
  /** From the first byte to a verified signature. */
  loginMs: number;
  /** Connections that have not logged in yet: in all, and from one network. */
  unauthenticated: number;
  unauthenticatedPerNetwork: number;
  /** Refused attempts, and keys asked about, before the connection is ended. */
  authFailures: number;
  keyOffers: number;
  /** Connections that are logged in: in all, and with one key. */
  connections: number;
  connectionsPerKey: number;
  /** Of them, with keys that have no account and that no box lists: in all, and from one network. */
  strangers: number;
  strangersPerNetwork: number;
  /** Forwarded connections of a stranger that wait for their answer, on one connection. */
  strangersForwards: number;
  /** Sessions and forwarded connections open at once on one connection. */
  channels: number;
  /** A connection on which nothing is under way ends after so long; sooner when the door is full. */
  idleMs: number;
  /** Dead peers are noticed after `keepaliveMs` × `keepaliveCount`. */
  keepaliveMs: number;
  keepaliveCount: number;
  /** An ended connection whose peer does not close it is cut off after so long. */
  hangUpMs: number;
  /** Until it was found out what a key opens. */
  lookUpMs: number;
  /** For the TCP connection and the log-in to a box; then for one that has just come up and does not answer yet. */
  boxLoginMs: number;
  boxAnswerMs: number;
  /** Until a box that has to be started runs. */
  wakeMs: number;
  /** Until a question on the terminal is taken for answered with no. */
  questionMs: number;
  /** Until somebody who waits is told that the work goes on. */
  quietMs: number;
  /** When the service stops: for commands to end, then for the farewell to be read. */
  drainMs: number;
  farewellMs: number;
}

export const SSH_LIMITS: SshLimits = {
  loginMs: 10_000,
  unauthenticated: 200,
  unauthenticatedPerNetwork: 64,
  authFailures: 6,
  keyOffers: 30,
  connections: 2000,
  connectionsPerKey: 100,
  strangers: 1000,
  strangersPerNetwork: 250,
  strangersForwards: 8,
  channels: 64,
  idleMs: 600_000,
  keepaliveMs: 15_000,
  keepaliveCount: 3,
  hangUpMs: 1000,
  lookUpMs: 10_000,
  boxLoginMs: 10_000,
  boxAnswerMs: 5000,
  wakeMs: 600_000,
  questionMs: 300_000,
  quietMs: 1000,
  drainMs: 2000,
  farewellMs: 1000,
};

/** Neutral: which software answers is nobody's business. */
export const IDENT = 'Shellbox';

/** No CBC, no SHA-1, no ChaCha20 (CVE-2023-48795); the same towards people and towards boxes. */
export const ALGORITHMS: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
  ],
  cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
  compress: ['none'],
};
