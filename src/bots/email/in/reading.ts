// One mail in one thread: the questions it asks are answered, and it ends by its answer, its deadline, its signal or its death.
import type { Worker } from 'node:worker_threads';
import { answerQuestion, type Resolver } from './dns.ts';
import type { FromThread, Order, ReadHead, ToThread } from './read-mail.ts';

export interface ReadingLimits {
  /** For the proof, with all its questions to DNS. */
  proofDeadlineMs: number;
  /** For the body, from when the proof is told. */
  deadlineMs: number;
  /** For one question to DNS. */
  dnsDeadlineMs: number;
  /** For all of them: names whose servers keep silent hold up nobody else. */
  dnsBudgetMs: number;
}

export type Ending =
  | { kind: 'read'; head: ReadHead; text: string; keys: string[]; hasPrivateKey: boolean; readable: boolean }
  /** Too slow, out of memory, or dead of something else, perhaps before the head was told; the thread is of no use any more. */
  | { kind: 'gave_up'; head: ReadHead | undefined; cause: unknown }
  /** By the signal; the thread is of no use any more. */
  | { kind: 'aborted' };

const TOO_SLOW = new Error('Its deadline passed.');

/** `end` ends it; after `hurry` no answer of DNS is waited for. */
interface Signals {
  end: AbortSignal;
  hurry: AbortSignal;
}

/** Never rejects. The thread must be doing nothing else; none of this is left on it afterwards. */
export function readIn(
  worker: Worker,
  order: Order,
  resolveName: Resolver,
  limits: ReadingLimits,
  { end: signal, hurry }: Signals,
): Promise<Ending> {
  return new Promise((done) => {
    const asking = new AbortController();
    const waiting = AbortSignal.any([asking.signal, hurry]);
    const dnsUntil = performance.now() + limits.dnsBudgetMs;
    let head: ReadHead | undefined;
    const giveUp = (cause: unknown): void => end({ kind: 'gave_up', head, cause });
    const abort = (): void => end({ kind: 'aborted' });
    let timer = setTimeout(giveUp, limits.proofDeadlineMs, TOO_SLOW);

    function end(ending: Ending): void {
      clearTimeout(timer);
      asking.abort();
      signal.removeEventListener('abort', abort);
      worker.off('message', hear).off('error', giveUp).off('exit', giveUp);
      done(ending);
    }

    function hear(message: FromThread): void {
      if (message.kind === 'question') {
        const deadlineMs = Math.max(0, Math.min(limits.dnsDeadlineMs, dnsUntil - performance.now()));
        void answerQuestion(message, resolveName, deadlineMs, waiting).then((told) => {
          if (!asking.signal.aborted) worker.postMessage(told);
        });
      } else if (message.kind === 'head') {
        head = message.head;
        clearTimeout(timer);
        timer = setTimeout(giveUp, limits.deadlineMs, TOO_SLOW);
      } else if (head !== undefined) {
        end({ ...message, kind: 'read', head });
      }
    }

    worker.on('message', hear).on('error', giveUp).on('exit', giveUp);
    signal.addEventListener('abort', abort, { once: true });
    // The bytes are the order's own, so they go over without another copy.
    worker.postMessage({ kind: 'read', order } satisfies ToThread, [order.bytes.buffer]);
  });
}
