// doctor --send-test, typed as an operator types it: one mail arrives, in whichever form the option stands.
import { expect, onTestFinished, test } from 'vitest';
import { startDns } from '../fakes/dns.ts';
import { startMailbox } from '../fakes/mailbox.ts';
import { freshFolder, runProgram } from './program.ts';

test.each([
  [['doctor', '--send-test', 'email:ana@acme.dev']],
  [['doctor', '--send-test=email:ana@acme.dev']],
  [['--send-test', 'email:ana@acme.dev', 'doctor']],
])('%j sends one mail', { timeout: 30_000 }, async (args) => {
  const mailbox = await startMailbox();
  onTestFinished(() => mailbox.close());
  const dns = await startDns({});
  onTestFinished(() => dns.close());
  const { out, err } = await runProgram(await freshFolder(), args, {
    SHELLBOX_DATA_DIR: 'data',
    // Nothing answers there, so that no database is started for this.
    DATABASE_URL: 'postgres://127.0.0.1:1/x',
    REDIS_URL: 'redis://127.0.0.1:1',
    SHELLBOX_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    EMAIL_ADDRESS: 'box@acme.dev',
    SMTP_LISTEN: '127.0.0.1:2525',
    SMTP_URL: mailbox.url,
    DNS_SERVERS: dns.address,
  });
  expect(out, err).toContain('✓ E-mail: a test was taken for ana@acme.dev; look whether it arrives\n');
  expect(mailbox.mails).toMatchObject([{ from: '', to: ['ana@acme.dev'] }]);
});
