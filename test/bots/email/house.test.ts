// E-mail and the whole house behind it: what people write, and what they then read.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fakeKeyPair } from '../../fakes/key-pair.ts';
import { type EmailHouse, openEmailHouse } from '../../support/email-house.ts';
import { eventually } from '../../support/eventually.ts';

let all: EmailHouse;
let made = 0;
const held: string[] = [];
beforeAll(async () => {
  all = await openEmailHouse({
    settings: { ssh: { host: 'box.acme.dev', port: 2222, isPublic: true } },
    email: { held: (reason) => void held.push(reason) },
  });
}, 60_000);
afterAll(() => all.close());
const newcomer = () => `person-${++made}@acme.dev`;
const reasons = async () =>
  (
    await all.house.sql<{ reason: string }>(
      `SELECT target ->> 'reason' AS reason FROM audit WHERE action = 'mail.dropped' ORDER BY id`,
    )
  ).map(({ reason }) => reason);

test('a mail makes a box, and its answer stands in the same thread with all that is to be pasted', async () => {
  const person = newcomer();
  const id = await all.writes({ from: person, subject: 'spinup mybox' });
  const [answer] = await all.got(person);
  expect(answer?.subject).toBe('Re: spinup mybox');
  expect(answer?.inReplyTo).toBe(id);
  expect(answer?.references).toBe(id);
  expect(answer?.headers.get('auto-submitted')).toBe('auto-replied');
  const text = answer?.text ?? '';
  expect(text).toContain('> spinup mybox');
  expect(text).toMatch(/mybox is ready: \d/);
  expect(text).toContain('    ssh -p 2222 mybox@box.acme.dev');
  expect(text).toMatch(/ {4}\[box\.acme\.dev\]:2222 ssh-ed25519 \S+$/m);
  expect(text).toMatch(/Log: .*home volume.*box started/s);
  expect(answer?.html).toContain('mybox is ready');
  expect(all.mailbox.mails.filter(({ to }) => to.includes(person)).map(({ from }) => from)).toEqual(['']);
});

test('an answer in a box’s thread needs no name, by Reply-To or by References', async () => {
  const person = newcomer();
  await all.writes({ from: person, subject: 'spinup mybox' });
  const [ready] = await all.got(person);
  const replyTo = ready?.replyTo?.value[0]?.address ?? '';
  expect(replyTo).toMatch(/^box\+[a-z2-7]{32}@acme\.dev$/);
  await all.writes({
    from: person,
    to: replyTo,
    subject: 'Re: spinup mybox',
    body: 'stop\n\nOn Monday Shellbox wrote:\n> start\n',
  });
  const [, stopped] = await all.got(person, 2);
  expect(stopped?.text).toContain('mybox is stopped');
  const head = [`In-Reply-To: ${stopped?.messageId}`, `References: ${ready?.messageId} ${stopped?.messageId}`];
  await all.writes({ from: person, subject: 'Re: spinup mybox', body: 'start', head });
  const [, , started] = await all.got(person, 3);
  expect(started?.text).toContain('mybox is running');
  expect(started?.text).not.toContain('Which box');
});

test('an answer to mails about one box needs no name either, where none of them made it', async () => {
  const person = newcomer();
  await all.writes({ from: person, subject: 'spinup mybox' });
  await all.got(person);
  await all.writes({ from: person, subject: 'Tonight', body: 'stop mybox\ninfo mybox\n' });
  const [, stopped] = await all.got(person, 2);
  await all.writes({
    from: person,
    to: stopped?.replyTo?.value[0]?.address ?? '',
    subject: 'Re: Tonight',
    body: 'start\n',
    head: [`In-Reply-To: ${stopped?.messageId}`],
  });
  const [, , started] = await all.got(person, 3);
  expect(started?.text).toContain('mybox is running');
});

test('destroy asks by a code, whatever --yes says, and the code destroys', async () => {
  const person = newcomer();
  await all.writes({ from: person, body: 'spinup mybox\n' });
  await all.got(person);
  await all.writes({ from: person, body: 'destroy mybox --yes\n' });
  const [, asked] = await all.got(person, 2);
  expect(asked?.text).toContain('Nothing is destroyed yet');
  const [, code] = /confirm (\d{6})/.exec(asked?.text ?? '') ?? [];
  await all.writes({
    from: person,
    to: asked?.replyTo?.value[0]?.address ?? '',
    subject: asked?.subject ?? '',
    body: `confirm ${code}`,
  });
  const [, , gone] = await all.got(person, 3);
  expect(gone?.text).toContain('mybox is destroyed');
});

test('a key that is pasted over several lines is added', async () => {
  const person = newcomer();
  const { publicKey } = fakeKeyPair();
  await all.writes({ from: person, body: `keys add ${publicKey.slice(0, 50)}\n${publicKey.slice(50)} ana@laptop\n` });
  const [answer] = await all.got(person);
  expect(answer?.text).toContain('opens your boxes');
});

const SECRET = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQ';
const PRIVATE = `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET}\nAAAEDs${SECRET}\n-----END OPENSSH PRIVATE KEY-----\n`;
test.each([
  ['behind `keys add`', { body: `keys add ${PRIVATE}` }],
  ['alone', { body: PRIVATE }],
  ['below a command', { subject: 'list', body: PRIVATE }],
  ['in the subject', { subject: `keys add ${PRIVATE.replaceAll('\n', ' ')}` }],
  [
    'as a file',
    {
      head: ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'],
      body: `--b\nContent-Type: text/plain\n\nkeys add\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=id_ed25519\n\n${PRIVATE}--b--\n`,
    },
  ],
])('a private key that comes %s is answered with what to do, and is kept nowhere', async (_, letter) => {
  const person = newcomer();
  await all.writes({ from: person, ...letter });
  const [answer] = await all.got(person);
  const said = 'That is a private key. Make a new pair, never send this one again, and send the line of its .pub file.';
  expect(answer?.text).toContain(said);
  expect(answer?.text?.split('\n').filter((line) => line.includes('PRIVATE KEY'))).toHaveLength(1);
  expect(`${answer?.subject} ${answer?.text} ${answer?.html}`).not.toContain(SECRET);
  const kept = `SELECT 1 FROM deliveries d WHERE d::text LIKE $1 UNION ALL SELECT 1 FROM threads t WHERE t::text LIKE $1
    UNION ALL SELECT 1 FROM messages m WHERE m::text LIKE $1 UNION ALL SELECT 1 FROM replies r WHERE r::text LIKE $1`;
  expect(await all.house.sql(kept, [`%${SECRET.slice(0, 30)}%`])).toEqual([]);
});

test('a mail without a command gets the help text', async () => {
  const person = newcomer();
  await all.writes({ from: person, subject: 'Hello', body: '' });
  const [answer] = await all.got(person);
  expect(answer?.text).toMatch(/^I found no command in your mail\. .* for example: spinup mybox\n {4}Make and end/);
  expect(answer?.html).toContain('I found no command in your mail');
});

test('a slip in the subject is answered with what was probably meant, and with no other advice', async () => {
  const person = newcomer();
  await all.writes({ from: person, subject: 'stpo mybox', body: 'Hi,\n\n-- \nAna\n' });
  const [answer] = await all.got(person);
  expect(answer?.text).toBe('> stpo mybox\nNo command "stpo". Did you mean:\n    stop mybox\n');
});

test('what was not read is said at the end', async () => {
  const person = newcomer();
  await all.writes({ from: person, subject: 'list', body: 'Hello,\nwhoami\nspinup other\n' });
  const [first] = await all.got(person);
  expect(first?.text).toMatch(/\n\nNot read: 2 lines below the subject, because the subject is a command\.\n$/);
  await all.writes({ from: person, body: 'whoami\n'.repeat(21) });
  const [, second] = await all.got(person, 2);
  expect(second?.text).toMatch(/\n\nNot read: 1 line more, because 20 commands are the most in one mail\.\n$/);
});

test('a public key that only came along can be added by answering with it', async () => {
  const person = newcomer();
  const key = `${fakeKeyPair().publicKey} ana@laptop`;
  const head = ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'];
  const file = `--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=id.pub\n\n${key}\n--b--\n`;
  const body = (text: string) => `--b\nContent-Type: text/plain\n\n${text}\n${file}`;
  await all.writes({ from: person, subject: 'My key', head, body: body('list') });
  const [answer] = await all.got(person);
  expect(answer?.text).toMatch(
    /attached to your mail\. To add it, answer with the file attached, and this line: keys add\n$/,
  );
  await all.writes({ from: person, subject: 'Re: My key', head, body: body('keys add') });
  const [, added] = await all.got(person, 2);
  expect(added?.text).toContain('ana@laptop');
  expect(added?.text).toContain('opens your boxes');
  expect(added?.text).not.toContain('attached');
});

test('after three answers that help nobody there is silence for an hour, which the third one says', async () => {
  const person = newcomer();
  const before = held.length;
  for (let time = 1; time <= 3; time++) {
    await all.writes({ from: person, body: 'flurb\n' });
    const answer = (await all.got(person, time)).at(-1)?.text ?? '';
    const last = answer.trimEnd().split('\n').at(-1);
    const quiet =
      /^I answer no more mails like these until \d\d:\d\d UTC; mails with a command that works are answered/;
    if (time < 3) expect(last).not.toMatch(quiet);
    else expect(last).toMatch(quiet);
  }
  await all.writes({ from: person, body: 'flurb\n' });
  await eventually('the fourth is held back', () => held.length > before);
  expect(held.slice(before)).toEqual(['unsuccessful']);
  await all.writes({ from: person, body: 'list\n' });
  expect(await all.got(person, 4)).toHaveLength(4);
});

test.each([
  ['that nobody signed', { signedBy: null }, 'unsigned'],
  ['that somebody else signed', { signedBy: 'evil.example' }, 'not_aligned'],
  ['of a robot', { head: ['Auto-Submitted: auto-replied'] }, 'auto_submitted'],
  ['of a list', { head: ['List-Id: <x.acme.dev>'] }, 'list'],
  ['in bulk', { head: ['Precedence: bulk'] }, 'precedence'],
])('a mail %s is dropped without an answer, with a row of audit', async (_, more, reason) => {
  const person = newcomer();
  const before = (await reasons()).length;
  await all.writes({ from: person, subject: 'spinup mybox', ...more });
  expect((await reasons()).slice(before)).toEqual([reason]);
  expect(await all.house.sql('SELECT 1 FROM deliveries WHERE speaker ->> $1 = $2', ['subject', person])).toEqual([]);
});

test('a mail to an address that is not ours is refused', async () => {
  await expect(all.writes({ from: newcomer(), to: 'other@acme.dev', subject: 'list' })).rejects.toMatchObject({
    responseCode: 550,
  });
});

test('the same mail twice is the same as once, also with spaces in other places', async () => {
  const person = newcomer();
  const { signed, mailOf } = await import('./in/signed-mail.ts');
  const raw = await signed(
    mailOf([`From: ${person}`, 'To: box@acme.dev', 'Subject: list', 'Message-ID: <twice@acme.dev>']),
  );
  await all.hands(raw, person);
  await all.hands(raw, person);
  // Which no signature of the usual kind notices.
  const spaced = raw.toString().replace('Subject: list', 'Subject:  list').replace(/$/, '\r\n\r\n');
  await all.hands(Buffer.from(spaced), person);
  await all.got(person);
  const written = await all.house.sql(`SELECT text FROM deliveries WHERE speaker ->> 'subject' = $1`, [person]);
  expect(written).toEqual([{ text: 'list' }]);
});

test('a server that is away gets the answer later, once', async () => {
  const person = newcomer();
  all.mailbox.failNext({ kind: 'lost' });
  await all.writes({ from: person, subject: 'list' });
  const mails = await all.got(person);
  await eventually(
    'nothing on its way',
    async () => (await all.house.sql(`SELECT 1 FROM messages WHERE state = 'pending'`)).length === 0,
  );
  expect(mails).toHaveLength(1);
});
