// Two installations that write to each other stop by themselves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSmtpTransport } from '../../../src/bots/email/smtp-transport.ts';
import type { Mail, Transport } from '../../../src/bots/email/transport.ts';
import { ADDRESS, type EmailHouse, openEmailHouse } from '../../support/email-house.ts';
import { eventually } from '../../support/eventually.ts';

const OTHER = 'box@strict.dev';
const MOST = 3;
let one: EmailHouse;
let other: EmailHouse;
const sent: Mail[] = [];
/** What a careless server on the way does to our marks. */
let marksAreKept = true;

/** Delivers to the other one, whose port is known later. */
function into(port: () => number): Transport {
  return {
    async send(mail, signal) {
      sent.push(mail);
      const headers = marksAreKept ? mail.headers : {};
      await createSmtpTransport({ url: `smtp://127.0.0.1:${port()}` }).send({ ...mail, headers }, signal);
    },
  };
}

beforeAll(async () => {
  // Both believe everybody, so nothing but their own care stops them.
  const email = { allowUnauthenticated: true };
  one = await openEmailHouse({ email: { ...email, transport: into(() => other.smtpPort) } });
  other = await openEmailHouse({ email: { ...email, address: OTHER, transport: into(() => one.smtpPort) } });
}, 120_000);
afterAll(async () => {
  await one.close();
  await other.close();
});

const atRest = () =>
  eventually('both are done', async () => {
    const rows = await Promise.all(
      [one, other].map(({ house }) =>
        house.sql(
          `SELECT 1 FROM messages WHERE state = 'pending' UNION ALL SELECT 1 FROM deliveries WHERE processed_at IS NULL`,
        ),
      ),
    );
    return rows.every((left) => left.length === 0);
  });

test.each([
  ['as they are', true],
  ['though a server on the way takes the marks of robots away', false],
])('%s', async (_, kept) => {
  marksAreKept = kept;
  sent.splice(0);
  await one.writes({ from: OTHER, subject: 'hello there', body: 'who are you\n', signedBy: null });
  await eventually('a first mail', () => sent.length > 0);
  await atRest();
  const before = sent.length;
  await one.writes({ from: OTHER, subject: 'hello again', body: 'who are you\n', signedBy: null });
  await atRest();
  expect(before).toBeLessThanOrEqual(MOST);
  expect(sent.filter(({ from }) => from.address === ADDRESS).length).toBeLessThanOrEqual(MOST);
});
