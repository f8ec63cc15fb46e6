// What is posted to the e-mail door with the right secret: forms that are broken anywhere end in one mail, in one that is dropped, or in none.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createWebhook } from '../../src/bots/email/webhook.ts';
import { createReadiness } from '../../src/http/checks.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLogger } from '../../src/log.ts';
import { secret } from '../../src/secret.ts';
import { nastyText } from './nasty.ts';
import { tryAll, within } from './tries.ts';

const SECRET = 'a-secret-of-the-test-0001';
const BOUNDARY = 'xYzZY';
const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const MAIL = 'From: ana@acme.dev\r\nTo: box@acme.dev\r\n\r\nlist\r\n';
const logger = createLogger({ level: 'silent', secrets: [] });

let server: HttpServer;
let heard: string[] = [];
beforeAll(async () => {
  const hook = createWebhook({
    secret: secret(SECRET),
    publicKey: undefined,
    take: async () => void heard.push('raw'),
    takeParsed: async () => void heard.push('parsed'),
    dropped: async ({ reason }) => void heard.push(reason),
    now: () => new Date(),
    logger,
  });
  server = await startHttp({
    listen: { host: '127.0.0.1', port: 0 },
    metricsListen: undefined,
    hooks: [hook],
    readiness: createReadiness([], logger),
    metrics: createMetrics('0'),
    logger,
  });
});
afterAll(() => server.close());
beforeEach(() => {
  heard = [];
});

async function post(body: Buffer<ArrayBuffer>, type: string): Promise<number> {
  const url = `http://127.0.0.1:${server.listen?.port}/email/inbound/${SECRET}`;
  return (await fetch(url, { method: 'POST', body, headers: { 'content-type': type } })).status;
}

const part = (head: string, text: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text}\r\n`;
const whole = (...parts: readonly string[]): string => `${parts.join('')}--${BOUNDARY}--\r\n`;
const GOOD = whole(
  part('name="email"', MAIL),
  part('name="envelope"', '{"to":["box@acme.dev"],"from":"ana@acme.dev"}'),
);

const heads = fc.constantFrom(
  'name="email"',
  'name="envelope"',
  'name="to"',
  'name="email"; filename="x.eml"',
  'name=""',
  'name',
  '',
  'name="__proto__"',
  `name="${'x'.repeat(5000)}"`,
);
const texts = fc.oneof(nastyText, fc.constantFrom(MAIL, '{"to":[],"from":""}', '{"to":"x"}', '{"from":["a"]}', 'null'));

test('forms of any parts', { timeout: within(60_000) }, async () => {
  await tryAll<[[string, string][]]>(
    'email-parts',
    150,
    [fc.array(fc.tuple(heads, texts), { maxLength: 8 })],
    async (parts) => {
      heard = [];
      expect(await post(Buffer.from(whole(...parts.map(([head, text]) => part(head, text)))), FORM_TYPE)).toBe(200);
      // SendGrid is told that it need not come again, so something became of it, once.
      expect(heard).toHaveLength(1);
    },
  );
});

test('a form cut, doubled and filled anywhere, of any type', { timeout: within(60_000) }, async () => {
  const types = fc.constantFrom(
    FORM_TYPE,
    FORM_TYPE,
    FORM_TYPE,
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary="${'x'.repeat(300)}"`,
    'text/plain',
    'application/json',
  );
  const edit = fc.tuple(
    fc.nat(1000),
    fc.nat(200),
    fc.oneof(
      nastyText,
      fc.constantFrom(
        '\r\n',
        `--${BOUNDARY}`,
        `\r\n--${BOUNDARY}--`,
        'Content-Transfer-Encoding: base64\r\n',
        'Content-Disposition: ',
      ),
    ),
  );
  await tryAll<[[number, number, string][], string]>(
    'email-forms',
    150,
    [fc.array(edit, { minLength: 1, maxLength: 5 }), types],
    async (edits, type) => {
      heard = [];
      const body = edits.reduce((text, [at, cut, put]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + cut);
      }, GOOD);
      expect(await post(Buffer.from(body), type)).toBe(200);
      expect(heard).toHaveLength(1);
    },
  );
  heard = [];
  expect(await post(Buffer.from(GOOD), FORM_TYPE)).toBe(200);
  expect(heard).toEqual(['raw']);
});
