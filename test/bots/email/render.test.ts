// How replies read as mail: text and HTML say the same, everything in them is shown as text, and what is pasted is never wrapped.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MailView, renderMail } from '../../../src/bots/email/render.ts';
import {
  type Block,
  code,
  command,
  type LogLine,
  misuse,
  type Reply,
  say,
  type Transcript,
  text,
} from '../../../src/threads/reply.ts';
import { readHtml } from './html.ts';

const VIEW: MailView = { timeZone: 'Europe/Berlin', replyAddress: 'box+abcdefgh@acme.dev' };
const KNOWN_HOST = `[box.acme.dev]:2222 ssh-ed25519 ${'A'.repeat(68)}`;
const READY = say(
  'mybox is ready: 0.5 s.',
  code('ssh -p 2222 mybox@box.acme.dev'),
  'Host key SHA256:a1K3. For known_hosts:',
  code(KNOWN_HOST),
  {
    kind: 'actions',
    actions: [
      { label: 'Stop', command: 'stop mybox', press: { command: 'stop 0190' } },
      { label: 'Destroy…', command: 'destroy mybox' },
    ],
  },
);
const ASK: Reply = {
  outcome: 'failed',
  blocks: [
    text('Nothing is destroyed yet.'),
    { kind: 'confirm', question: 'Destroy mybox?', command: 'confirm 4831', label: 'Destroy' },
  ],
};

function log(count: number): LogLine[] {
  return Array.from({ length: count }, (_, place) => ({
    at: '2026-11-02T13:02:07.000Z',
    label: `step ${place + 1}`,
    state: 'done',
    tookMs: 100,
  }));
}

function transcript(...entries: Transcript['entries']): Transcript {
  return { kind: 'transcript', entries };
}

describe('A transcript', () => {
  test('quotes each line, says what came of it, indents what is pasted and ends with the log', () => {
    const { text: said, files } = renderMail(
      transcript({ line: 'spinup mybox', reply: READY, log: log(2) }, { line: 'destroy mybox', reply: ASK }),
      VIEW,
    );
    expect(said).toBe(`> spinup mybox
mybox is ready: 0.5 s.
    ssh -p 2222 mybox@box.acme.dev
Host key SHA256:a1K3. For known_hosts:
    ${KNOWN_HOST}
Answer with: stop mybox, destroy mybox.
Log: 14:02:07 step 1 0.1 s · step 2 0.1 s

> destroy mybox
Nothing is destroyed yet.
Destroy mybox? To say yes, answer with:
    confirm 4831
`);
    expect(files).toEqual([]);
  });

  test('quotes the beginning of a line that is long', () => {
    const { text: said, html } = renderMail(transcript({ line: `spinup ${'x'.repeat(90_000)}`, reply: READY }), VIEW);
    expect(said.split('\n')[0]).toBe(`> spinup ${'x'.repeat(192)}…`);
    expect(html.length).toBeLessThan(10_000);
  });

  test('has no line to quote where there was none', () => {
    const { text: said, html } = renderMail(transcript({ line: '', reply: say('All commands.') }), VIEW);
    expect(said).toMatch(/^I found no command in your mail\. .*\nAll commands\.\n$/);
    expect(said).not.toContain('>');
    expect(readHtml(html).text).toContain('I found no command in your mail.');
  });

  test('ends with what was not read, then what else there is, then until when there is silence', () => {
    const body: Transcript = {
      ...transcript({ line: 'flurb', reply: misuse('No command "flurb".') }),
      rest: 'Write one command a line.',
      quietUntil: '2026-11-02T14:02:00.000Z',
    };
    expect(renderMail(body, { ...VIEW, remarks: ['Not read: 1 line more.'] }).text).toBe(`> flurb
No command "flurb".

Not read: 1 line more.
Write one command a line.
I answer no more mails like these until 15:02 CET; mails with a command that works are answered as ever.
`);
  });

  test('says the same in HTML, where a command begins a mail to its conversation', () => {
    const { html } = renderMail(
      transcript({ line: 'spinup mybox', reply: READY }, { line: 'destroy mybox', reply: ASK }),
      VIEW,
    );
    const read = readHtml(html);
    expect(read.text).toContain('> spinup mybox');
    expect(read.text).toContain('mybox is ready: 0.5 s.');
    expect(read.pasted).toEqual(['ssh -p 2222 mybox@box.acme.dev', KNOWN_HOST, 'confirm 4831']);
    const to = 'mailto:box%2Babcdefgh@acme.dev?subject=';
    expect(read.links).toEqual([`${to}stop%20mybox`, `${to}destroy%20mybox`, `${to}confirm%204831`]);
  });

  test('attaches a log of more than thirty lines, named after its box, and no shorter one', () => {
    const short = renderMail(transcript({ line: 'spinup', reply: READY, log: log(30), box: 'mybox' }), VIEW);
    expect(short.files).toEqual([]);
    const long = renderMail(
      transcript(
        { line: 'spinup', reply: READY, log: log(31), box: 'mybox' },
        { line: 'spinup', reply: READY, log: log(40), box: 'mybox' },
        { line: 'spinup', reply: READY, log: log(31), box: '../../etc' },
      ),
      VIEW,
    );
    expect(long.files.map(({ name }) => name)).toEqual(['mybox.log', 'mybox.log.2', 'box.log']);
    expect(long.files[0]?.text.split('\n').slice(0, 2)).toEqual([
      'Times in Europe/Berlin',
      '2026-11-02 14:02:07 ✓ step 1 0.1 s',
    ]);
    expect(long.text).toContain('Log: 31 lines, attached as mybox.log.');
    expect(long.text).not.toContain('step 1');
  });

  test('marks what failed or is still going on in the log', () => {
    const lines: LogLine[] = [
      ...log(1),
      { at: '', label: 'second', state: 'failed', tookMs: 50 },
      { at: '', label: 'third', state: 'working' },
    ];
    const { text: said } = renderMail(transcript({ line: 'spinup', reply: READY, log: lines }), VIEW);
    expect(said).toContain('Log: 14:02:07 step 1 0.1 s · ✗ second 0.1 s · … third\n');
  });

  test('ends with what else there is to say', () => {
    const { text: said, html } = renderMail(
      { ...transcript({ line: 'list', reply: say('None.') }), rest: 'Two lines were not run.' },
      VIEW,
    );
    expect(said.endsWith('\n\nTwo lines were not run.\n')).toBe(true);
    expect(readHtml(html).text).toContain('Two lines were not run.');
  });
});

describe('A reply', () => {
  test('aligns a table in text and makes one in HTML', () => {
    const rows = [
      ['mybox', '● running'],
      ['a', '◌ stopped'],
    ];
    const { text: said, html } = renderMail(
      { kind: 'reply', reply: say({ kind: 'table', head: ['name', 'state'], rows }) },
      VIEW,
    );
    expect(said).toBe('    name   state\n    mybox  ● running\n    a      ◌ stopped\n');
    expect(readHtml(html).text).toContain('a\n◌ stopped');
  });

  test('does not offer what stands there to be typed already', () => {
    const actions: Block = { kind: 'actions', actions: [{ label: 'Stop', command: 'stop mybox' }] };
    const { text: said } = renderMail(
      { kind: 'notice', reply: misuse('Did you mean:', command('stop mybox'), actions) },
      VIEW,
    );
    expect(said).toBe('Did you mean:\n    stop mybox\n');
  });

  test('that says nothing still says that it is done', () => {
    expect(renderMail({ kind: 'reply', reply: say() }, VIEW).text).toBe('Done.\n');
  });

  test('has no line that a mail reader takes for a signature', () => {
    const { text: said } = renderMail({ kind: 'reply', reply: say('one\n-- \ntwo') }, VIEW);
    expect(said).toBe('one\n--\ntwo\n');
  });
});

const NASTY = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        '<script>alert(1)</script>',
        '\r\n.\r\n',
        '\u202E',
        '</pre>',
        '"><img src=http://evil.example/x>',
        '\n',
        '&amp;',
        "'",
        '\0',
        '\u200B',
        '\uD800',
        '\t',
        ' ',
        'x',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);
const NASTY_BLOCK: fc.Arbitrary<Block> = fc.oneof(
  NASTY.map(text),
  fc.tuple(NASTY, fc.option(NASTY, { nil: undefined })).map(([value, label]) => code(value, label)),
  NASTY.map((value) => command(value)),
  fc
    .array(fc.array(NASTY, { maxLength: 3 }), { maxLength: 3 })
    .map((rows): Block => ({ kind: 'table', head: ['a'], rows })),
  fc.tuple(NASTY, NASTY).map(([label, value]): Block => ({ kind: 'actions', actions: [{ label, command: value }] })),
  fc
    .tuple(NASTY, NASTY)
    .map(([question, value]): Block => ({ kind: 'confirm', question, command: value, label: question })),
);
const NASTY_TRANSCRIPT = fc
  .array(fc.record({ line: NASTY, blocks: fc.array(NASTY_BLOCK, { maxLength: 5 }), label: NASTY }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((entries) =>
    transcript(
      ...entries.map(({ line, blocks, label }) => ({
        line,
        reply: say(...blocks),
        log: [{ at: label, label, state: 'done' as const }],
      })),
    ),
  );

test('a command that stands alone says what it is there for, and one with words to fill in is no link', () => {
  const stopped = say('mybox is stopped.', command('start mybox'));
  const keys = say('Add one with:', command('keys add ssh-ed25519 AAAA… you@laptop'));
  const { text: said, html } = renderMail(
    transcript({ line: 'stop', reply: stopped }, { line: 'keys', reply: keys }),
    VIEW,
  );
  expect(said).toContain('mybox is stopped.\nAnswer with:\n    start mybox\n');
  expect(said).toContain('Add one with:\n    keys add ssh-ed25519 AAAA… you@laptop\n');
  expect(html).toContain('subject=start%20mybox');
  expect(html).not.toContain('subject=keys');
});

describe('Whatever people or boxes put in', () => {
  test('is well-formed HTML that holds nothing active and nothing from elsewhere', () => {
    fc.assert(
      fc.property(NASTY_TRANSCRIPT, (body) => {
        const { links } = readHtml(renderMail(body, VIEW).html);
        for (const link of links)
          expect(link).toMatch(/^mailto:box%2Babcdefgh@acme\.dev\?subject=[A-Za-z0-9%\-_.!~*'()]*$/);
      }),
    );
  });

  test('leaves no control character, no mark of direction and no half character in either part', () => {
    fc.assert(
      fc.property(NASTY_TRANSCRIPT, (body) => {
        const { text: said, html } = renderMail(body, VIEW);
        for (const part of [said, html])
          expect(part.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('is shown as it is where it can be seen', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[!-~]{1,60}$/), (value) => {
        const { text: said, html } = renderMail(transcript({ line: value, reply: say(value, code(value)) }), VIEW);
        expect(said).toBe(`> ${value}\n${value}\n    ${value}\n`);
        expect(readHtml(html).pasted).toEqual([value]);
        expect(readHtml(html).text.split(value).length).toBeGreaterThanOrEqual(4);
      }),
    );
  });

  test('keeps the lines that are pasted, however long', () => {
    const lines = fc.array(fc.stringMatching(/^([!-~][ -~]{0,1500}[!-~])?$/), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lines, (pasted) => {
        const { text: said, html } = renderMail({ kind: 'reply', reply: say(code(pasted.join('\n'))) }, VIEW);
        expect(said).toBe(`${pasted.map((line) => (line === '' ? '' : `    ${line}`)).join('\n')}\n`);
        expect(readHtml(html).pasted).toEqual([pasted.join('\n')]);
      }),
    );
  });
});
