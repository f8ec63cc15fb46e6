// What keys may do, asked of the directory in turns: one question of a key at a time, strangers together in one place.
import { ShellboxError } from '../../errors.ts';
import { atOnce } from '../../store/together.ts';
import type { Directory, KeyView } from './directory.ts';

/** Whose key it is, and the network it came from. */
export interface Asker {
  fingerprint: string;
  network: string;
}

export interface LookUps {
  /** Whether the key was somebody's when it was last looked up here. */
  knows(fingerprint: string): boolean;
  /**
   * What the key may do, found out after the call. Rejects when `gone` is aborted, and with `busy` when its turn has not come in time.
   */
  of(asker: Asker, gone: AbortSignal): Promise<KeyView>;
}

/** Each takes one connection of the database's pool, which commands have to share with it. */
const AT_ONCE = 2;
const STRANGERS = 'strangers';
/** The longest known are forgotten first, and are strangers until they were looked up again. */
const MOST_KNOWN = 10_000;

/** A question that has not been asked yet, and those who wait for it. */
interface Question {
  waiting: AbortSignal[];
  answer: Promise<KeyView>;
}

/** `patienceMs`: how long somebody waits for an answer. */
export function createLookUps(directory: Pick<Directory, 'lookUp'>, patienceMs: number): LookUps {
  const inTurn = atOnce(AT_ONCE, 1);
  // Any number of keys can be made, and of networks not so many.
  const strangersInTurn = atOnce(1);
  const questions = new Map<string, Question>();
  const known = new Set<string>();

  function note(fingerprint: string, view: KeyView): void {
    known.delete(fingerprint);
    if (!isSomebody(view)) return;
    known.add(fingerprint);
    const [oldest] = known;
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  }

  async function look(fingerprint: string, waiting: readonly AbortSignal[]): Promise<KeyView> {
    // What it begins to read now may be older than what the next one asks for.
    questions.delete(fingerprint);
    if (waiting.every((signal) => signal.aborted)) throw new ShellboxError('gone', 'Nobody waits for it any more.');
    const view = await directory.lookUp(fingerprint);
    note(fingerprint, view);
    return view;
  }

  return {
    knows: (fingerprint) => known.has(fingerprint),
    of({ fingerprint, network }, gone) {
      const over = AbortSignal.any([gone, AbortSignal.timeout(patienceMs)]);
      const asked = questions.get(fingerprint);
      if (asked !== undefined) {
        asked.waiting.push(over);
        return until(asked.answer, over);
      }
      const { promise: answer, resolve } = Promise.withResolvers<KeyView>();
      const waiting = [over];
      questions.set(fingerprint, { waiting, answer });
      const turn = (): Promise<KeyView> => look(fingerprint, waiting);
      resolve(
        known.has(fingerprint) ? inTurn(fingerprint, turn) : strangersInTurn(network, () => inTurn(STRANGERS, turn)),
      );
      return until(answer, over);
    },
  };
}

/** Whether somebody has given the key something to do here. */
export function isSomebody({ account, boxes }: KeyView): boolean {
  return account !== undefined || boxes.length > 0;
}

function until<T>(answer: Promise<T>, over: AbortSignal): Promise<T> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const busy = (): void =>
    reject(
      new ShellboxError('busy', 'Too many people come at once, so it could not be found out what your key opens.', {
        remedy: 'Try again in a moment.',
      }),
    );
  if (over.aborted) busy();
  over.addEventListener('abort', busy, { once: true });
  return Promise.race([answer, never]).finally(() => over.removeEventListener('abort', busy));
}
