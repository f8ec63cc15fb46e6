// The whole program counts and logs the answers to mails that it holds back.
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { startMailbox } from '../fakes/mailbox.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { freshFolder, startProgram } from './program.ts';

test('a second mail without a command is counted under its reason, and a line in the log', async () => {
  const folder = await freshFolder();
  const mailbox = await startMailbox();
  const [smtpPort, httpPort] = [await freePort(), await freePort()];
  const service = startProgram(folder, ['start'], {
    SHELLBOX_DATA_DIR: `${folder}/data`,
    SSH_LISTEN: `127.0.0.1:${await freePort()}`,
    SHELLBOX_PORT: String(httpPort),
    // No engine: nothing is made on this machine for this test.
    DOCKER_HOST: 'unix:///nonexistent/docker.sock',
    EMAIL_ADDRESS: 'box@acme.dev',
    SSH_SIGNUP: 'open',
    EMAIL_SIGNUP: 'open',
    EMAIL_ALLOW_UNAUTHENTICATED: 'true',
    SMTP_LISTEN: `127.0.0.1:${smtpPort}`,
    SMTP_URL: mailbox.url,
    LOG_LEVEL: 'info',
  });
  await service.says('First command:');
  const sender = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });
  for (const messageId of ['<1@acme.dev>', '<2@acme.dev>'])
    await sender.sendMail({ from: 'ana@acme.dev', to: 'box@acme.dev', subject: 'Hello', text: '', messageId });
  const metrics = async () => (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  await eventually('it is counted', async () => /shellbox_mails_held_total\{reason="help"\} 1/.test(await metrics()));
  expect(mailbox.mails).toHaveLength(1);
  service.child.kill('SIGTERM');
  expect((await service.ended).err).toMatch(/"reason":"help".*An answer is held back/);
  sender.close();
  await mailbox.close();
}, 60_000);
