// Which lines of a mail are commands: those its author wrote, above everything quoted.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  commandLines,
  MOST_COMMANDS,
  type Reading,
  type Understands,
  type WrittenMail,
} from '../../../../src/bots/email/in/lines.ts';
import { subjectKind } from '../../../../src/bots/email/in/subject.ts';

const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe';
const WORDS = /^(?:\/?shellbox:? )?(?:spinup|start|stop|destroy|list|info|keys|help|confirm)\b/i;
const SLIPS = /^(?:stpo|lits)\b/;
const understands: Understands = (line, how) => WORDS.test(line) || (how === 'nearly' && SLIPS.test(line));

function run(text: string, more: Partial<WrittenMail> = {}): string[] {
  return read(text, more).commands;
}

function read(text: string, more: Partial<WrittenMail> = {}): Reading {
  return commandLines({ subject: '', text, isReply: false, isForward: false, ...more }, understands);
}

describe('the subject', () => {
  test('of a new mail is the whole command when it is understood', () => {
    expect(run('list\ndestroy mybox', { subject: ' spinup mybox ' })).toEqual(['spinup mybox']);
  });

  test('that is not understood leaves the body', () => {
    expect(run('list', { subject: 'My boxes' })).toEqual(['list']);
  });

  test('that is nearly a command counts where the body says nothing', () => {
    expect(run('Hello,\n# nothing\n-- \nAna', { subject: 'stpo mybox' })).toEqual(['stpo mybox']);
    expect(run('list', { subject: 'stpo mybox' })).toEqual(['list']);
    expect(run('', { subject: 'My boxes' })).toEqual([]);
    expect(run('', { subject: 'Re: stpo mybox', isReply: true })).toEqual([]);
  });

  test.each([{ isReply: true }, { isForward: true }])('of %j is never a command', (kind) => {
    expect(run('', { subject: 'spinup mybox', ...kind })).toEqual([]);
  });

  test('with `keys add` takes the key from the body, broken lines and all', () => {
    const broken = `ssh-ed25519\r\n${ED25519.slice(12, 60)}\r\n${ED25519.slice(60)}\r\nana@laptop\r\n-- \r\nAna`;
    expect(run(broken, { subject: 'keys add' })).toEqual([`keys add ${ED25519} ana@laptop`]);
  });

  test('with `keys add` takes keys that came along, or says what was there instead', () => {
    expect(run('Hello\nthere', { subject: 'Keys add.', keys: [ED25519] })).toEqual([`Keys add ${ED25519}`]);
    expect(run('github:ana', { subject: 'keys add' })).toEqual(['keys add github:ana']);
    expect(run('', { subject: 'keys add' })).toEqual(['keys add']);
  });

  test('with `keys add` and a private key carries nothing of that key on', () => {
    const text = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----';
    expect(run(text, { subject: 'keys add' })).toEqual(['keys add -----BEGIN OPENSSH PRIVATE KEY-----']);
  });

  test('that is a command is told of a private key below it or in a file', () => {
    const text = '-----BEGIN RSA PRIVATE KEY-----\nMIIEsecretsecretsecret\n-----END RSA PRIVATE KEY-----';
    expect(run(text, { subject: 'spinup mybox' })).toEqual([
      'spinup mybox',
      'keys add -----BEGIN RSA PRIVATE KEY-----',
    ]);
    expect(run('', { subject: 'list', hasPrivateKey: true })).toEqual(['list', 'keys add -----BEGIN PRIVATE KEY-----']);
    expect(run('', { subject: 'keys add', hasPrivateKey: true })).toEqual(['keys add -----BEGIN PRIVATE KEY-----']);
    expect(run('keys add', { hasPrivateKey: true })).toEqual(['keys add -----BEGIN PRIVATE KEY-----']);
  });

  test('with a key of its own needs no other', () => {
    expect(run(ED25519, { subject: 'keys add github:ana' })).toEqual(['keys add github:ana']);
  });
});

describe('what is not read is counted', () => {
  test.each([
    ['lines of the author’s own below a subject that is a command', 'Hi,\nlist\n# x\nstop a1\n> quoted', 2],
    ['no farewell, and nothing that is quoted', 'Hello Shellbox,\n\n-- \nAna', 0],
  ])('%s', (_, text, belowSubject) => {
    expect(read(text, { subject: 'spinup mybox' })).toMatchObject({ commands: ['spinup mybox'], belowSubject });
  });

  test('lines beyond the twentieth', () => {
    expect(read('list\n'.repeat(MOST_COMMANDS)).beyond).toBe(0);
    expect(read('list\n'.repeat(MOST_COMMANDS + 3)).beyond).toBe(3);
  });

  test('a public key that nobody asked to add', () => {
    expect(read('list', { keys: [ED25519] }).keyLeft).toBe(true);
    expect(read('', { keys: [ED25519] }).keyLeft).toBe(true);
    expect(read('keys add', { keys: [ED25519] }).keyLeft).toBe(false);
    expect(read('', { subject: 'keys add', keys: [ED25519] }).keyLeft).toBe(false);
    expect(read('list').keyLeft).toBe(false);
  });
});

describe('a greeting at the top', () => {
  test.each([
    'Hi,',
    'Hi',
    'hello shellbox!',
    'Hello Shellbox,',
    'Hi there 👋',
    'Dear all,',
    'Dear all:',
    'Dear Sir or Madam,',
    'Good morning',
    'Hallo',
    'Hallo zusammen,',
    'Guten Tag,',
    'Moin!',
    'Liebes Team,',
    'Sehr geehrte Damen und Herren,',
    'Bonjour',
    'Bonjour à tous,',
    'Cher Shellbox,',
    'Hola:',
    'Buenos días,',
    'Ciao!',
    'Olá,',
    'Hej',
    'Hei,',
    'Beste Shellbox,',
    'Dzień dobry,',
    'Dobrý den,',
    'Здравствуйте!',
    'Доброго дня,',
    'Γεια σας,',
    'こんにちは',
    '您好，',
    '안녕하세요.',
  ])('is skipped: %j', (greeting) => {
    expect(run(`# mine\n\n${greeting}\n\nlist\n`)).toEqual(['list']);
  });

  test.each(['hi stop mybox', 'Hi, please make me a machine', 'list'])('is not one where it says more: %j', (line) => {
    expect(run(`${line}\nlist`)).toEqual([line, 'list']);
  });

  test('is none further down', () => {
    expect(run('list\nHello')).toEqual(['list', 'Hello']);
  });
});

describe('the body', () => {
  test('is one command a line, without blank lines and comments', () => {
    expect(run('spinup a1\r\n\r\n# the second\r\n  spinup b2 \u200b\r\nstpo c3')).toEqual([
      'spinup a1',
      'spinup b2',
      'stpo c3',
    ]);
  });

  test(`is read up to ${MOST_COMMANDS} commands`, () => {
    expect(run('list\n'.repeat(50))).toHaveLength(MOST_COMMANDS);
    const keys = [ED25519, `${ED25519} b`, `${ED25519} c`];
    expect(run(`${'list\n'.repeat(19)}keys add\n`, { keys })).toHaveLength(MOST_COMMANDS);
  });

  test('gives `keys add` the keys in the next lines, then those that came along', () => {
    expect(run(`keys add\n${ED25519}\nlist`)).toEqual([`keys add ${ED25519}`, 'list']);
    expect(run('keys add\nlist', { keys: [ED25519] })).toEqual([`keys add ${ED25519}`, 'list']);
    expect(run(`keys add ${ED25519.slice(0, 40)}\n${ED25519.slice(40)}\nlist`)).toEqual([
      `keys add ${ED25519}`,
      'list',
    ]);
  });

  test.each([
    ['alone', '', []],
    ['below a command', 'spinup mybox\n\n', ['spinup mybox']],
    ['behind the command', 'keys add ', []],
    ['with words before it', 'list\nHere it is: ', ['list']],
  ])('has one line for private keys that are pasted %s', (_, before, others) => {
    const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'b3BlbnNzaC1rZXktdjEAAAAA\n'.repeat(40)}-----END OPENSSH PRIVATE KEY-----`;
    expect(run(`${before}${key}\nstop mybox\n${key}`)).toEqual([
      ...others,
      'stop mybox',
      'keys add -----BEGIN OPENSSH PRIVATE KEY-----',
    ]);
  });

  test('has one line for `keys add` and a private key below it', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----';
    expect(run(`keys add\n${key}\nlist`)).toEqual(['keys add -----BEGIN OPENSSH PRIVATE KEY-----', 'list']);
  });

  test('may call us by name', () => {
    expect(run('shellbox: list')).toEqual(['shellbox: list']);
  });

  test('inside an inline PGP signature is read without its armour', () => {
    const signed = [
      '-----BEGIN PGP SIGNED MESSAGE-----',
      'Hash: SHA512',
      '',
      'stop mybox',
      '- -- ',
      'Ana',
      '-----BEGIN PGP SIGNATURE-----',
      '',
      'iQ==',
      '-----END PGP SIGNATURE-----',
    ];
    expect(run(signed.join('\n'))).toEqual(['stop mybox']);
  });
});

test.each(['290160', 'Yes, confirm 290160', 'yes 290160.', 'CONFIRM 290160'])(
  '%s is an answer with a code, where something is answered',
  (line) => {
    expect(run(line, { isReply: true })).toEqual(['confirm 290160']);
    expect(run(line)).toEqual([line]);
  },
);

describe('what ends the author’s own words', () => {
  test.each([
    '> stop',
    '>stop',
    '  > stop',
    '\u200b> stop',
    '| stop',
    '＞ stop',
    '» stop',
    'ana> stop',
    '│ stop',
    '-- ',
    '--',
    '—',
    '---',
    '-----Original Message-----',
    '---------- Forwarded message ---------',
    '-------- Weitergeleitete Nachricht --------',
    '__________',
    '________________________________',
    '==========',
    'Begin forwarded message:',
    'Anfang der weitergeleiteten Nachricht:',
    'quit',
    'Quit',
    'Thanks!',
    'Thank you',
    'Many thanks',
    'Danke',
    'Merci',
    'Best regards,',
    'Mit freundlichen Grüßen',
    'Viele Grüße',
    'Cordialement,',
    'Un saludo',
    'С уважением,',
    'On Mon, 16 Nov 2026 at 14:02, Shellbox <box@acme.dev> wrote:',
    'Am 16.11.2026 um 14:02 schrieb Shellbox:',
    'Le lun. 16 nov. 2026 à 14:02, Shellbox a écrit :',
    '2026年11月16日(月) 14:02 Shellbox <box@acme.dev>：',
    'El lun, 16 nov 2026 a las 14:02, Shellbox escribió:\u00a0',
    'From: Shellbox <box@acme.dev>',
    'Von: Shellbox',
    'De : Shellbox',
    'Gesendet: Montag',
    'От: Shellbox',
    '差出人: Shellbox',
    '*From:* Shellbox',
    'Reply-To: x@acme.dev',
    'Content-Type: text/plain',
    'Sent from my iPhone',
    'Von meinem iPhone gesendet',
    'Envoyé de mon iPhone',
    'Enviado desde mi iPhone',
    'Отправлено с iPhone',
    'iPhoneから送信',
    'Get Outlook for iOS',
    'Gesendet mit der GMX Mail App',
  ])('%j', (line) => {
    expect(run(`list\n${line}\nstop mybox\ndestroy mybox`)).toEqual(['list']);
  });

  test.each([
    'On Monday, 16 November 2026 at 14:02, Shellbox Dev Boxes\n<box@acme.dev> wrote:\n> stop',
    'On Monday, 16 November 2026 at 14:02, Shellbox\n<box@acme.dev>\nwrote:\n\n> stop',
    'Am Montag, 16. November 2026 um 14:02 schrieb Shellbox\n<box@acme.dev>\n\n> stop',
  ])('an attribution that was wrapped: %j', (quote) => {
    expect(run(`list\n\n${quote}`)).toEqual(['list']);
    expect(run(`list\n${quote}`)).toEqual(['list']);
  });

  test.each([
    'On 16.11.2026 Eve schrieb',
    'Am 16. November 2026 schrieb Eve',
    'Eve <eve@acme.dev> schrieb',
    'On 2026-11-16 eve@acme.dev wrote',
    'Eve skrev den 16 november 2026',
    '2026年11月16日 Eve',
  ])('an attribution without a colon, above lines without marks: %j', (attribution) => {
    expect(run(`list\n\n${attribution}\nstop mybox\ndestroy mybox`)).toEqual(['list']);
  });

  test.each([
    `keys add ssh-ed25519\n${ED25519.slice(12)} ana@laptop.acme.dev`,
    `keys add ${ED25519.slice(0, 40)}\n${ED25519.slice(40)} ana@laptop.acme.dev`,
    `keys add\n${ED25519} ana@laptop.acme.dev`,
  ])('but no key with an address for its comment: %j', (key) => {
    expect(run(`${key}\nlist`)).toEqual([`keys add ${ED25519} ana@laptop.acme.dev`, 'list']);
  });

  test.each(['info mybox as of 16.11.2026', '# made on 16.11.2026 by eve@acme.dev'])('nor %j', (line) => {
    expect(run(`${line}\nlist`).at(-1)).toBe('list');
  });

  test('an answer below a quote is not read, because a wrapped quote looks like one', () => {
    expect(run('> Answer with: stop, start, info or a very long line that was\nstop\n\nlist')).toEqual([]);
  });
});

test('whatever stands behind a quote, a rule or a header never runs', () => {
  const mark = fc.constantFrom(
    '> ',
    '>',
    '| ',
    'From: ',
    '---- ',
    '________ ',
    '-----Original Message-----\n',
    'Begin forwarded message:\n',
    'X wrote:\n',
    '-- \n',
  );
  const line = fc.oneof(fc.constantFrom('list', 'spinup a1', '', '# x', '  stop b2'), fc.string({ maxLength: 30 }));
  const secret = 'destroy quoted-box';
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 6 }),
      mark,
      fc.array(line, { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      (own, begins, after, end) => {
        const text = [...own, `${begins}quoted`, ...after, secret].join(end);
        expect(run(text.replaceAll('\n\n', `${end}${end}`)).some((command) => command.includes('quoted'))).toBe(false);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a text made to be slow is read in time', () => {
  const slow = [
    `${' '.repeat(100_000)}x`,
    'a '.repeat(50_000),
    `${'\u200b'.repeat(100_000)}x`,
    `ssh-rsa ${'A'.repeat(90_000)}`,
    'ssh-rsa AAAA\n'.repeat(9_000),
    '<'.repeat(100_000),
  ];
  const begun = performance.now();
  for (const text of slow) run(text);
  expect(performance.now() - begun).toBeLessThan(1_500);
});

test.each([
  ['Re: spinup mybox', 'reply'],
  ['RE[2]: x', 'reply'],
  ['AW: x', 'reply'],
  ['Antw.: x', 'new'],
  ['回复：x', 'reply'],
  ['Ответ: x', 'reply'],
  ['Fwd: x', 'forward'],
  ['WG: x', 'forward'],
  ['TR : x', 'forward'],
  ['转发: x', 'forward'],
  ['spinup mybox', 'new'],
  ['shellbox: stop', 'new'],
  ['keys add github:ana', 'new'],
])('the subject %j is of a mail that is %s', (subject, kind) => {
  expect(subjectKind(subject)).toBe(kind);
});
