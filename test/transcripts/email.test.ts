// Correspondences by mail as people read them, kept as texts beside this file. `vitest -u` writes them anew; read them before you commit.
import type { ParsedMail } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeKeyPair } from '../fakes/key-pair.ts';
import { ADDRESS, type EmailHouse, openEmailHouse } from '../support/email-house.ts';
import { steady } from './steady.ts';

const ANA = 'ana@acme.dev';

let all: EmailHouse;
let lines: string[];
let answers: ParsedMail[];
beforeEach(async () => {
  lines = [];
  answers = [];
  all = await openEmailHouse({
    settings: { ssh: { host: 'box.acme.dev', port: 2222, isPublic: true }, admins: ['email:kim@acme.dev'] },
  });
});
afterEach(() => all.close());

/** Ana writes, anew or in answer to the last mail, and reads what comes back. */
async function ana(body: string, options: { subject?: string; answering?: boolean } = {}): Promise<string> {
  const last = options.answering ? answers.at(-1) : undefined;
  const subject = options.subject ?? last?.subject ?? '';
  const to = last?.replyTo?.value[0]?.address ?? ADDRESS;
  lines.push(
    `--- ana writes: ${subject === '' ? '(no subject)' : subject} ---`,
    ...(body === '' ? [] : [body.trimEnd(), '']),
  );
  await all.writes({ from: ANA, to, subject, body });
  answers = await all.got(ANA, answers.length + 1);
  const answer = answers.at(-1);
  const files = answer?.attachments.map(({ filename }) => `[attached: ${filename}]`) ?? [];
  lines.push(`--- Subject: ${answer?.subject} ---`, answer?.text?.trimEnd() ?? '', ...files, '');
  return answer?.text ?? '';
}
const reads = (name: string) => expect(steady(`${lines.join('\n').trimEnd()}\n`)).toMatchFileSnapshot(`${name}.txt`);

test('first use by a subject, without a key, and its end', async () => {
  await ana('', { subject: 'spinup mybox' });
  await ana(`keys add ${fakeKeyPair().publicKey} ana@laptop`, { answering: true });
  await ana('stop', { answering: true });
  const asked = await ana('destroy', { answering: true });
  const [confirm = ''] = /confirm \d{6}/.exec(asked) ?? [];
  expect(await ana(confirm, { answering: true })).toContain('mybox is destroyed');
  await reads('email-first-use');
});

test('many lines, wrong ones, and the quota', async () => {
  await ana('# mine\nprovision 2cpu 4gb mybox\nspinup api-dev\nlits\n\nthanks\nAna', { subject: 'Good morning' });
  await ana('how are you', { subject: 'Hello' });
  await reads('email-many-lines');
});
