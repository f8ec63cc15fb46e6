// Reads mails in threads of their own, each under a deadline and a limit of memory, so that no mail can hold up or end the process.
import { Worker } from 'node:worker_threads';
import { ShellboxError } from '../../../errors.ts';
import { networkOf } from '../../../network-of.ts';
import { domainOf } from '../address.ts';
import type { Resolver } from './dns.ts';
import type { RawMail } from './raw-mail.ts';
import type { ReadHead, ReadMail } from './read-mail.ts';
import { type Ending, type ReadingLimits, readIn } from './reading.ts';
import { createLine } from './waiting-line.ts';

export interface MailReaderOptions extends Partial<ReadingLimits> {
  resolve: Resolver;
  /** Our own name, for SPF's explanations. */
  ownHost: string;
  /** The address people write to; a signed mail counts only when To or Cc names it. */
  ownAddress: string;
  /** A signature that is older proves nothing: until then it has to be known which mails were done. Seven days by default. */
  maximumAgeMs?: number;
  /** Bodies of larger mails are not read, their signatures are. 5 MiB by default. */
  maximumBytes?: number;
  /** A thread's heap. 192 by default. */
  memoryMiB?: number;
  /** How many mails are read at a time. 2 by default. */
  threads?: number;
  /** How many mails of one source may wait. 20 by default. */
  mostOfOne?: number;
  /** For all questions to DNS about one mail while mails of others wait. 2,000 by default. */
  crowdedDnsMs?: number;
}

export interface MailReader {
  /**
   * One whose body cannot be read in time or memory comes back with `readable: false`. Rejects with `mail_unread` when not even its head could
   * be told, which may be a fault of ours; with `busy` when too many of its source wait; with the signal's reason; and with `closing` when the reader
   * is closed.
   */
  read(raw: RawMail, signal: AbortSignal): Promise<ReadMail>;
  /** Ends the threads; reads under way reject. */
  close(): Promise<void>;
}

interface Waiting {
  raw: RawMail;
  source: string;
  signal: AbortSignal;
  resolve(mail: ReadMail): void;
  reject(reason: unknown): void;
}

/** A mail that is being read. */
interface Reading {
  source: string;
  /** It has had the time for DNS that there is while others wait. */
  isLong: boolean;
  /** Ends its questions to DNS. */
  hurry: AbortController;
}

const THREAD = new URL('./reader-thread.ts', import.meta.url);
const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const DEFAULT_LIMITS: ReadingLimits = {
  proofDeadlineMs: 12_000,
  deadlineMs: 5_000,
  dnsDeadlineMs: 3_000,
  dnsBudgetMs: 8_000,
};

/** Threads start with the first mail, and do not keep the process alive while they have nothing to do. */
export function createMailReader(options: MailReaderOptions): MailReader {
  const { resolve: resolveName, ownHost, ownAddress, memoryMiB = 192, maximumBytes = 5 * MIB } = options;
  const { maximumAgeMs = 7 * DAY_MS, threads: most = 2, mostOfOne = 20, crowdedDnsMs = 2_000 } = options;
  const limits: ReadingLimits = { ...DEFAULT_LIMITS, ...options };
  // One source never has all threads.
  const line = createLine<Waiting>({ shareOfOne: Math.max(1, most - 1), mostOfOne });
  const readings = new Set<Reading>();
  const idle = new Set<Worker>();
  const threads = new Set<Worker>();
  const closing = new AbortController();
  let free = most;

  function startThread(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: memoryMiB, maxYoungGenerationSizeMb: 16 };
    // Without our environment and arguments: nothing in there is for whoever takes over a parser.
    const worker = new Worker(THREAD, { resourceLimits, env: {}, argv: [], execArgv: [], stdout: true, stderr: true });
    threads.add(worker);
    const gone = (): void => {
      threads.delete(worker);
      idle.delete(worker);
    };
    worker.on('error', gone).on('exit', gone);
    return worker;
  }

  /** Whoever waits for silent name servers does so only as long as nobody else has to. */
  function hurry(): void {
    for (const { source, isLong, hurry: ended } of readings) if (isLong && line.hasOthers(source)) ended.abort();
  }

  async function work(): Promise<void> {
    free -= 1;
    for (let waiting = line.next(); waiting !== undefined; waiting = line.next()) {
      const reading: Reading = { source: waiting.source, isLong: false, hurry: new AbortController() };
      readings.add(reading);
      const long = setTimeout(() => {
        reading.isLong = true;
        hurry();
      }, crowdedDnsMs);
      await readOne(waiting, reading.hurry.signal).catch(waiting.reject);
      clearTimeout(long);
      readings.delete(reading);
      line.done(waiting);
    }
    free += 1;
  }

  async function readOne({ raw, signal, resolve, reject }: Waiting, hurried: AbortSignal): Promise<void> {
    const [worker = startThread()] = idle;
    idle.delete(worker);
    worker.ref();
    const { clientIp, helo, envelopeFrom } = raw;
    const notBefore = new Date(Date.now() - maximumAgeMs);
    const whence = { clientIp, helo, envelopeFrom, ownHost, ownAddress, notBefore };
    const order = { bytes: new Uint8Array(raw.bytes), ...whence, maximumBytes };
    const signals = { end: AbortSignal.any([signal, closing.signal]), hurry: hurried };
    const ending = await readIn(worker, order, resolveName, limits, signals);
    if (ending.kind === 'aborted') reject(closing.signal.aborted ? closed() : signal.reason);
    else if (ending.kind === 'read') resolve(mailOf(ending, ending.head));
    else if (ending.head === undefined) reject(unread(ending.cause));
    else resolve(mailOf(ending, ending.head));
    if (ending.kind === 'read') idle.add(worker);
    else await worker.terminate();
    worker.unref();
  }

  return {
    read(raw, signal) {
      if (closing.signal.aborted) return Promise.reject(closed());
      if (signal.aborted) return Promise.reject(signal.reason);
      const { promise, resolve, reject } = Promise.withResolvers<ReadMail>();
      const waiting = { raw, source: sourceOf(raw), signal, resolve, reject };
      const leave = (): void => {
        if (line.leave(waiting)) reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      if (!line.join(waiting)) reject(busy());
      else if (free > 0) void work();
      hurry();
      return promise.finally(() => signal.removeEventListener('abort', leave));
    },
    async close() {
      closing.abort();
      for (const { reject } of line.all()) reject(closed());
      await Promise.all([...threads].map((worker) => worker.terminate()));
    },
  };
}

/** The client's network; without one the envelope's domain. */
function sourceOf({ clientIp, envelopeFrom }: RawMail): string {
  return clientIp === undefined ? domainOf(envelopeFrom) : networkOf(clientIp);
}

function mailOf(ending: Exclude<Ending, { kind: 'aborted' }>, head: ReadHead): ReadMail {
  if (ending.kind === 'gave_up') return { ...head, text: '', keys: [], hasPrivateKey: false, readable: false };
  const { text, keys, hasPrivateKey, readable } = ending;
  return { ...head, text, keys, hasPrivateKey, readable };
}

function unread(cause: unknown): ShellboxError {
  return new ShellboxError('mail_unread', 'The thread that was to read a mail failed.', { cause });
}

function busy(): ShellboxError {
  return new ShellboxError('busy', 'Too many mails of one source wait to be read.');
}

function closed(): ShellboxError {
  return new ShellboxError('closing', 'No mail is read any more: this process is ending.');
}
