// A SendGrid on loopback: it checks mails as the real one does, keeps what it took, and goes wrong on purpose.
import { setImmediate } from 'node:timers';
import Fastify from 'fastify';
import { MESSAGE_BYTES } from './limits.ts';
import { checkMail, type Fault, type SentMail } from './mail-check.ts';

/**
 * - `none`: all goes well; for requests before the one that is meant.
 * - `status`: an HTTP error, nothing taken.
 * - `wait`: 429 with this many seconds, as Retry-After or as the second at which the limit ends; nothing taken.
 * - `taken`: taken, but the connection breaks before the answer.
 * - `hang`: nothing taken, no answer until the caller gives up.
 */
export type SendgridFault =
  | { kind: 'none' }
  | { kind: 'status'; status: number }
  | { kind: 'wait'; retryAfterSeconds: number }
  | { kind: 'wait'; resetAtSeconds: number }
  | { kind: 'taken' }
  | { kind: 'hang' };

export interface TakenBySendgrid {
  mail: SentMail;
  /** Of the request, in lower case. */
  requestHeaders: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Sendgrid {
  url: string;
  apiKey: string;
  taken: readonly TakenBySendgrid[];
  /** Several are met in turn. `met` resolves when a request has met it. */
  failNext(fault: SendgridFault): { met: Promise<void> };
  close(): Promise<void>;
}

interface Planned {
  fault: SendgridFault;
  meet: () => void;
}

/** `scopes`: what the key may do, which SendGrid may keep to itself. */
export async function startSendgrid(
  options: { maximumBytes?: number; scopes?: readonly string[] | 'hidden' } = {},
): Promise<Sendgrid> {
  const apiKey = 'SG.fake.key-of-tests';
  const taken: TakenBySendgrid[] = [];
  const planned: Planned[] = [];
  const app = Fastify({ bodyLimit: options.maximumBytes ?? MESSAGE_BYTES, forceCloseConnections: true });

  app.setErrorHandler((error, _request, reply) => {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
    return tooLarge
      ? reply.status(413).send(refusal({ message: 'Payload too large', field: null, help: null }))
      : reply.status(400).send(refusal({ message: 'Bad Request', field: null, help: null }));
  });

  app.post('/v3/mail/send', async (request, reply) => {
    const next = planned.shift();
    if (next !== undefined) setImmediate(next.meet);
    const fault = next?.fault ?? { kind: 'none' };
    if (fault.kind === 'hang') return reply.hijack();
    if (fault.kind === 'status')
      return reply.status(fault.status).send(refusal({ message: 'as the test wishes', field: null, help: null }));
    if (fault.kind === 'wait') {
      const [name, value] =
        'retryAfterSeconds' in fault
          ? (['retry-after', fault.retryAfterSeconds] as const)
          : (['x-ratelimit-reset', fault.resetAtSeconds] as const);
      return reply
        .status(429)
        .header(name, value)
        .send(refusal({ message: 'too many requests', field: null, help: null }));
    }
    if (request.headers.authorization !== `Bearer ${apiKey}`) return reply.status(401).send(refusal(UNAUTHORIZED));
    const checked = checkMail(request.body);
    if ('faults' in checked) return reply.status(400).send(refusal(...checked.faults));
    if (checked.mail.mail_settings?.sandbox_mode?.enable === true) return reply.status(200).send();
    taken.push({ mail: checked.mail, requestHeaders: request.headers });
    if (fault.kind === 'taken') {
      request.raw.socket.destroy();
      return reply.hijack();
    }
    return reply.status(202).header('x-message-id', `fake-${taken.length}`).send();
  });

  app.get('/v3/scopes', (request, reply) => {
    if (request.headers.authorization !== `Bearer ${apiKey}`) return reply.status(401).send(refusal(UNAUTHORIZED));
    const { scopes = ['mail.send'] } = options;
    return scopes === 'hidden'
      ? reply.status(403).send(refusal({ message: 'access forbidden', field: null, help: null }))
      : reply.send({ scopes });
  });

  return {
    url: await app.listen({ host: '127.0.0.1', port: 0 }),
    apiKey,
    taken,
    failNext(fault) {
      const { promise, resolve } = Promise.withResolvers<void>();
      planned.push({ fault, meet: resolve });
      return { met: promise };
    },
    close: () => app.close(),
  };
}

const UNAUTHORIZED: Fault = {
  message: 'The provided authorization grant is invalid, expired, or revoked',
  field: null,
  help: null,
};

function refusal(...errors: Fault[]): { errors: Fault[] } {
  return { errors };
}
