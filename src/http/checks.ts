// Readiness: what the service leans on, asked with a deadline, and the answer kept for a moment so that asking often costs nothing.
import { messageForOperators, ShellboxError } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface Check {
  name: string;
  /** Rejects when it is not reachable. The signal is aborted at the deadline. */
  run(signal: AbortSignal): Promise<unknown>;
  deadlineMs: number;
  /** How long an answer holds. */
  keepMs: number;
}

export interface CheckResult {
  name: string;
  ok: boolean;
  durationMs: number;
  /** What is wrong, for operators. */
  message: string | undefined;
}

export interface Readiness {
  /** All results; callers at the same moment share one round. */
  look(): Promise<readonly CheckResult[]>;
}

export function createReadiness(checks: readonly Check[], logger: Logger, nowMs = () => performance.now()): Readiness {
  const asked = checks.map((check) => kept(check, logger, nowMs));
  return { look: () => Promise.all(asked.map((ask) => ask())) };
}

function kept(check: Check, logger: Logger, nowMs: () => number): () => Promise<CheckResult> {
  let current: { result: Promise<CheckResult>; untilMs: number } | undefined;
  let wasOk = true;
  return () => {
    if (current === undefined || nowMs() >= current.untilMs) {
      const mine = { result: runOnce(check, nowMs), untilMs: Number.POSITIVE_INFINITY };
      current = mine;
      void mine.result.then((result) => {
        mine.untilMs = nowMs() + check.keepMs;
        if (result.ok !== wasOk) {
          if (result.ok) logger.info({ check: check.name }, 'a part of the service answers again');
          else logger.warn({ check: check.name, reason: result.message }, 'a part of the service does not answer');
        }
        wasOk = result.ok;
      });
    }
    return current.result;
  };
}

async function runOnce(check: Check, nowMs: () => number): Promise<CheckResult> {
  const startedMs = nowMs();
  const done = (message: string | undefined): CheckResult => ({
    name: check.name,
    ok: message === undefined,
    durationMs: Math.round(nowMs() - startedMs),
    message,
  });
  const signal = AbortSignal.timeout(check.deadlineMs);
  const late = Promise.withResolvers<never>();
  const stop = () => late.reject(new ShellboxError('check_late', `No answer within ${check.deadlineMs / 1000} s.`));
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([check.run(signal), late.promise]);
    return done(undefined);
  } catch (error) {
    return done(error instanceof ShellboxError ? messageForOperators(error) : 'It does not answer.');
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
