// Two installations that write to each other stop by themselves.
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSmtpTransport } from '../../../src/bots/email/smtp-transport.ts';
import type { Mail, Transport } from '../../../src/bots/email/transport.ts';
import { secret } from '../../../src/secret.ts';
import { ADDRESS, type EmailHouse, openEmailHouse } from '../../support/email-house.ts';
import { eventually } from '../../support/eventually.ts';

const OTHER = 'box@strict.dev';
const MOST = 3;
let one: EmailHouse;
let other: EmailHouse;
const sent: Mail[] = [];
/** What a careless server on the way leaves of our marks: all, none in the head, or none at all, with a sender and a Message-ID of its own. */
let kept: 'all' | 'envelope' | 'none' = 'all';

/** Delivers to the other one, whose port is known later. */
function into(port: () => number): Transport {
  return {
    async send(mail, signal) {
      sent.push(mail);
      const url = `smtp://127.0.0.1:${port()}`;
      if (kept !== 'none')
        return createSmtpTransport({ url: secret(url) }).send(
          { ...mail, headers: kept === 'all' ? mail.headers : {} },
          signal,
        );
      const { from, to, subject, text } = mail;
      await createTransport(url).sendMail({ envelope: { from: from.address, to }, from, to, subject, text });
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
  ['as they are', 'all'],
  ['though a server on the way takes the marks of robots away', 'envelope'],
] as const)('%s', async (_, left) => {
  kept = left;
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

test('though nothing tells that they are robots, and one never stops asking', async () => {
  kept = 'none';
  for (let time = 0; time < 6; time++)
    await one.writes({ from: OTHER, subject: `hello ${time}`, body: 'who are you\n', signedBy: null });
  await atRest();
  const answers = await one.house.sql<{ state: string; count: number }>(
    `SELECT state, count(*)::int AS count FROM messages WHERE lane LIKE $1 GROUP BY state ORDER BY state DESC`,
    [`%${OTHER}`],
  );
  // Of all that was ever asked here.
  expect(answers).toEqual([
    { state: 'sent', count: MOST },
    { state: 'held', count: expect.any(Number) },
  ]);
});
