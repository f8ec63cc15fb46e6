// Tries whether the SMTP server by which answers go lets us in, without sending anything.
import { ShellboxError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import { smtpFailure, unreachable } from './smtp-failure.ts';
import { type SmtpServer, serverOf, smtpSender } from './smtp-sender.ts';

const CHECK_TIMEOUT_MS = 10_000;

/**
 * Connects, turns TLS on where the server offers it, and logs in where the URL has a name and the server wants one. Resolves with who
 * answered; rejects with MailRefused, RateLimited or ShellboxError `mail_unreachable`.
 */
export async function checkSmtp(url: Secret, signal: AbortSignal, timeoutMs = CHECK_TIMEOUT_MS): Promise<SmtpServer> {
  const server = serverOf(url);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const late = Promise.withResolvers<never>();
  const giveUp = (): void => late.reject(limited.reason);
  limited.addEventListener('abort', giveUp, { once: true });
  try {
    limited.throwIfAborted();
    // It cannot be broken off; its connection ends by limits of its own.
    await Promise.race([smtpSender(url, timeoutMs).verify(), late.promise]);
    return server;
  } catch (error) {
    if (limited.aborted) throw unreachable(server, 'silent', error);
    const failure = smtpFailure(error, server);
    // No mail was on its way that could have been taken.
    throw isUnanswered(failure) ? unreachable(server, 'broken', error) : failure;
  } finally {
    limited.removeEventListener('abort', giveUp);
  }
}

function isUnanswered(error: Error): boolean {
  return error instanceof ShellboxError && error.code === 'mail_unanswered';
}
