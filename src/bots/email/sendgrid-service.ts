// SendGrid's client as we use it: with the key, a deadline, and no redirects.
import sendgrid from '@sendgrid/mail';
import type { Secret } from '../../secret.ts';

type Client = Parameters<typeof sendgrid.setClient>[0];

const API_URL = 'https://api.sendgrid.com';

/** One for each call, because the signal is a default of its client. `url` as in SENDGRID_API_URL. */
export function sendgridService(
  { apiKey, url = API_URL }: { apiKey: Secret; url?: string },
  timeoutMs: number,
  signal: AbortSignal,
) {
  // Class and client are there, only not in the package's types.
  const service: typeof sendgrid = Reflect.construct(sendgrid.constructor, []);
  const client: Client = Reflect.get(service, 'client');
  client.setDefaultHeader('Authorization', `Bearer ${apiKey.reveal()}`);
  client.setDefaultRequest({ baseUrl: url, timeout: timeoutMs, signal, maxRedirects: 0 });
  return { service, client };
}
