// What workers ask of a machine over SSH: lines that are always the same, and answers that are never trusted.
import { type Ended, ProviderError } from '../../provider.ts';
import type { BoxAddress, BoxShells } from '../box-shells.ts';
import { type BoxFacts, readFacts, type SetupState } from './box-facts.ts';
import { PROGRAMS_DIR } from './machine-files.ts';
import { keyLines } from './user-data.ts';

export interface Access {
  /** `authorized_keys` lines. */
  authorizedKeys: readonly string[];
  /** What `greetingText` makes. */
  greeting: string;
}

/** Every call rejects with a ProviderError: as `BoxShells.run` does, or `invalid` where the box answered otherwise than its programs do. */
export interface Inside {
  /** Whose keys open the box from now on, and how it greets. */
  configure(at: BoxAddress, access: Access, signal: AbortSignal): Promise<void>;
  /** Nobody's key but the workers' opens it any more, until it is configured anew. For right before a stop. */
  forgetKeys(at: BoxAddress, signal: AbortSignal): Promise<void>;
  facts(at: BoxAddress, signal: AbortSignal): Promise<BoxFacts>;
  setupState(at: BoxAddress, signal: AbortSignal): Promise<SetupState>;
  /** The last lines that the set-up printed, as they are: whoever shows them cleans them. '' before it has begun. */
  setupLog(at: BoxAddress, lines: number, signal: AbortSignal): Promise<string>;
  /**
   * Runs `work` while nothing in the home changes, for so many seconds at most; thawed in every outcome, also when nobody here is left to do
   * it. Rejects with `invalid` when the home was thawed before `work` was done: what it took is then not of one moment.
   */
  frozen<T>(at: BoxAddress, seconds: number, work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

const MOST_BYTES = 256 * 1024;
const MOST_ERROR_BYTES = 2048;
const MOST_HEARD = 64;
const MOST_FROZEN_SECONDS = 60;
const MOST_LINES = 1000;
const SETUP_LOG = '/var/log/shellbox-setup.log';
/** `tail-log` of a file that is not there: EX_NOINPUT of sysexits.h. */
const NO_SUCH_LOG = 66;

interface Call {
  at: BoxAddress;
  line: string;
  signal: AbortSignal;
  input?: string | Promise<string>;
  /** Called with all that was printed so far, each time that more has come. */
  heard?(out: string): void;
}

interface Answer {
  ended: Ended;
  out: string;
  err: string;
}

export function createInside(shells: BoxShells): Inside {
  async function ask({ at, line, signal, input, heard }: Call): Promise<Answer> {
    const tooMuch = new AbortController();
    const said = { out: [] as Buffer[], err: [] as Buffer[] };
    let bytes = 0;
    let errorRoom = MOST_ERROR_BYTES;
    const command = `sudo -n ${PROGRAMS_DIR}/${line}`;
    try {
      const ended = await shells.run(at, input === undefined ? `${command} </dev/null` : command, {
        output(data, from) {
          bytes += data.length;
          if (bytes > MOST_BYTES) return tooMuch.abort();
          if (from === 'err') {
            said.err.push(data.subarray(0, errorRoom));
            errorRoom = Math.max(0, errorRoom - data.length);
            return;
          }
          said.out.push(data);
          // A word at the beginning is waited for; whoever sends byte by byte is not read again each time.
          if (said.out.length <= MOST_HEARD) heard?.(Buffer.concat(said.out).toString());
        },
        ...(input === undefined ? {} : { input }),
        signal: AbortSignal.any([signal, tooMuch.signal]),
      });
      return { ended, out: Buffer.concat(said.out).toString(), err: Buffer.concat(said.err).toString() };
    } catch (error) {
      if (tooMuch.signal.aborted && !signal.aborted)
        throw new ProviderError('invalid', `The box answered with more than ${MOST_BYTES / 1024} KiB.`, {
          cause: error,
        });
      if (!(error instanceof ProviderError) || signal.aborted || error.code === 'host_key_mismatch') throw error;
      // Nothing is known of the provider by that.
      throw new ProviderError('box_silent', 'The box does not answer over SSH.', { cause: error });
    }
  }

  /** Of a program that has to succeed. */
  async function told(call: Call): Promise<string> {
    const answer = await ask(call);
    if (!isSuccess(answer)) throw refused(answer);
    return answer.out;
  }

  const put = (at: BoxAddress, file: 'authorized_keys' | 'greeting', text: string, signal: AbortSignal) =>
    told({ at, line: `put ${file} ${Buffer.byteLength(text)}`, input: text, signal });

  const inside: Inside = {
    async configure(at, { authorizedKeys, greeting }, signal) {
      await Promise.all([
        put(at, 'authorized_keys', keyLines(authorizedKeys), signal),
        put(at, 'greeting', greeting, signal),
      ]);
    },
    async forgetKeys(at, signal) {
      await told({ at, line: 'forget-keys', signal });
    },
    async facts(at, signal) {
      return readFacts(await told({ at, line: 'facts', signal }));
    },
    async setupState(at, signal) {
      return (await inside.facts(at, signal)).setup;
    },
    async setupLog(at, lines, signal) {
      const most = Math.min(Math.max(1, Math.floor(lines)), MOST_LINES);
      const answer = await ask({ at, line: `tail-log ${SETUP_LOG} ${most}`, signal });
      if ('status' in answer.ended && answer.ended.status === NO_SUCH_LOG) return '';
      if (!isSuccess(answer)) throw refused(answer);
      return answer.out;
    },
    async frozen(at, seconds, work, signal) {
      const { promise: done, resolve: thaw } = Promise.withResolvers<string>();
      const { promise: isFrozen, resolve: begin } = Promise.withResolvers<void>();
      const most = Math.min(Math.max(1, Math.ceil(seconds)), MOST_FROZEN_SECONDS);
      const freezing = ask({
        at,
        line: `freeze ${most}`,
        input: done,
        heard: (out) => {
          if (out.startsWith('frozen\n')) begin();
        },
        signal,
      });
      try {
        const early = await Promise.race([freezing, isFrozen]);
        if (early !== undefined) throw early.out.startsWith('frozen\n') ? thawedEarly() : refused(early);
        const result = await work();
        thaw('\n');
        const answer = await freezing;
        if (!isSuccess(answer) || answer.out !== 'frozen\nthawed\n') throw thawedEarly();
        return result;
      } finally {
        thaw('\n');
        // Whoever asked is told once it is thawed, whatever went wrong with the work.
        await freezing.catch(() => undefined);
      }
    },
  };
  return inside;
}

function isSuccess({ ended }: Answer): boolean {
  return 'status' in ended && ended.status === 0;
}

function refused({ ended, err }: Answer): ProviderError {
  const how = 'status' in ended ? `status ${ended.status}` : `signal ${ended.signal}`;
  return new ProviderError('invalid', 'The box did not do what it was asked for.', {
    remedy:
      'Was something of Shellbox’s changed in it (sudo, /usr/local/lib/shellbox, Python)? Destroyed and made again on its home it is as it was.',
    cause: new Error(`${how}: ${err}`),
  });
}

function thawedEarly(): ProviderError {
  return new ProviderError('invalid', 'The home could not be kept still for long enough.', {
    remedy: 'Try again, or while the box is stopped.',
    remedyFor: 'everybody',
  });
}
