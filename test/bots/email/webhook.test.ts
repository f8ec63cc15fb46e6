// What is posted to the door over HTTP: forms without the secret or SendGrid's signature are refused, and nothing of them is read.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { DroppedMail } from '../../../src/bots/email/dropped.ts';
import type { RawMail } from '../../../src/bots/email/in/raw-mail.ts';
import { createWebhook } from '../../../src/bots/email/webhook.ts';
import { createReadiness } from '../../../src/http/checks.ts';
import { createMetrics } from '../../../src/http/metrics.ts';
import { startHttp } from '../../../src/http/server.ts';
import { createLogger } from '../../../src/log.ts';
import { secret } from '../../../src/secret.ts';

const SECRET = 'a-secret-of-the-test-0001';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const logger = createLogger({ level: 'silent', secrets: [] });

async function open(key: KeyObject | undefined, take: (mail: RawMail) => Promise<void> = async () => {}) {
  const heard: string[] = [];
  const hook = createWebhook({
    secret: secret(SECRET),
    publicKey: key,
    async take(mail) {
      heard.push('raw');
      await take(mail);
    },
    takeParsed: async () => void heard.push('parsed'),
    dropped: async ({ reason }: DroppedMail) => void heard.push(reason),
    now: () => new Date(),
    logger,
  });
  const server = await startHttp({
    listen: { host: '127.0.0.1', port: 0 },
    metricsListen: undefined,
    hooks: [hook],
    readiness: createReadiness([], logger),
    metrics: createMetrics('0'),
    logger,
  });
  onTestFinished(server.close);
  return { url: `http://127.0.0.1:${server.listen?.port}/email/inbound/`, heard };
}

/** The bytes of a form, and their type. */
async function form(fields: Readonly<Record<string, string>>): Promise<{ body: Buffer; type: string }> {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  const request = new Request('http://x', { method: 'POST', body: data });
  const type = request.headers.get('content-type') ?? '';
  return { body: Buffer.from(await request.arrayBuffer()), type };
}
const RAW = {
  email: 'From: ana@acme.dev\r\nTo: box@acme.dev\r\n\r\nlist\r\n',
  envelope: '{"to":["box@acme.dev"],"from":"ana@acme.dev"}',
};

async function post(url: string, { body, type }: { body: Buffer; type: string }, signer = privateKey): Promise<number> {
  const time = String(Math.floor(Date.now() / 1000));
  const signature = sign('sha256', Buffer.concat([Buffer.from(time), body]), signer).toString('base64');
  const headers = {
    'content-type': type,
    'x-twilio-email-event-webhook-signature': signature,
    'x-twilio-email-event-webhook-timestamp': time,
  };
  return (await fetch(url, { method: 'POST', body, headers })).status;
}

test('a wrong secret and a wrong signature are answered with 401, and nothing is read', async () => {
  const { url, heard } = await open(publicKey);
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  expect(await post(`${url}wrong`, await form(RAW))).toBe(401);
  expect(await post(url + SECRET, await form(RAW), stranger)).toBe(401);
  expect((await fetch(url + SECRET, { method: 'POST', body: 'x' })).status).toBe(401);
  expect(heard).toEqual([]);
  expect(await post(url + SECRET, await form(RAW))).toBe(200);
  expect(heard).toEqual(['raw']);
});

test('what SendGrid parsed is taken only where it signs', async () => {
  const parsed = { headers: 'From: ana@acme.dev', text: 'list', envelope: RAW.envelope };
  const signed = await open(publicKey);
  expect(await post(signed.url + SECRET, await form(parsed))).toBe(200);
  const unsigned = await open(undefined);
  expect(await post(unsigned.url + SECRET, await form(parsed))).toBe(200);
  expect([signed.heard, unsigned.heard]).toEqual([['parsed'], ['not_raw']]);
});

test('SendGrid is asked to come again when a mail could not be written down, and not for one that is no form', async () => {
  const { url, heard } = await open(publicKey, () => Promise.reject(new Error('database away')));
  expect(await post(url + SECRET, await form(RAW))).toBe(503);
  expect(await post(url + SECRET, { body: Buffer.from('nothing'), type: 'multipart/form-data; boundary=x' })).toBe(200);
  expect(heard).toHaveLength(2);
});
