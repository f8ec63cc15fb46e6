// What phones, chats and mail programs do to a line does not change what it means.
import { expect, test } from 'vitest';
import { LONGEST_LINE, normalise, unfit } from '../../src/commands/normalise.ts';
import { read, refused, understood } from './asking.ts';

const STOP = { command: 'stop', box: 'mybox' };
const DESTROY = { command: 'destroy', box: 'mybox', yes: true };

test.each([
  ['capitals', 'Stop MyBox'],
  ['a full stop', 'stop mybox.'],
  ['an exclamation mark', 'stop mybox!'],
  ['dots made one character', 'stop mybox…'],
  ['a full stop that stands alone', 'stop mybox .'],
  ['back-ticks around all', '`stop mybox`'],
  ['three back-ticks around all', '```stop mybox```'],
  ['back-ticks around a word', 'stop `mybox`'],
  ['back-ticks and a full stop', 'stop `mybox`.'],
  ['no-break and other odd spaces', '\u00a0stop\u2003\u202fmybox\u3000'],
  ['tabs and line ends', '\tstop\r\n mybox\r\n'],
  ['smart double quotes', 'stop “mybox”'],
  ['smart single quotes', 'stop ‘mybox’'],
  ['quotes around all', '“stop mybox”'],
  ['a link made of a name', 'stop <http://mybox|mybox>'],
  ['our name again', 'shellbox stop mybox'],
  ['our name again and again', '/shellbox @shellbox: Shellbox stop mybox'],
  ['a mention', '<@U0123ABC> stop mybox'],
  ['a mention with a name before back-ticks', '<@U0123ABC|shellbox> `stop mybox`'],
  ['a byte-order mark', '\ufeffstop mybox'],
])('undoes %s', (_, line) => {
  expect(understood(line)).toEqual(STOP);
});

test.each([
  'destroy mybox —yes',
  'destroy mybox –yes',
  'destroy mybox ―yes',
  'destroy mybox –-yes',
  'destroy —yes mybox.',
])('reads the dashes of %s as two hyphens', (line) => {
  expect(understood(line)).toEqual(DESTROY);
});

test('a mail link becomes its address', () => {
  expect(normalise('whois <mailto:a@b.c|a@b.c> <mailto:d@e.f> <https://g.h>')).toBe('whois a@b.c d@e.f https://g.h');
});

test('a public key keeps every character, its comment too', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEzmdszx/VzptZMG+TfThldmZW/8c57oadh3pLuLlBXe= ana@laptop.';
  expect(understood(`keys add ${key}`)).toEqual({ command: 'keys', action: 'add', value: key });
  expect(understood('keys add ssh-ed25519 AAAA ana’s laptop')).toMatchObject({
    value: "ssh-ed25519 AAAA ana's laptop",
  });
  expect(understood('keys add `ssh-ed25519 AAAA ana`')).toMatchObject({ value: 'ssh-ed25519 AAAA ana' });
  expect(understood('keys remove SHA256:V67lQC3P.')).toMatchObject({ value: 'SHA256:V67lQC3P' });
});

test.each(['', '   ', '\u00a0', 'shellbox', '@shellbox', '<@U0123ABC>', '""'])('nothing is typed in %j', (line) => {
  expect(read(line)).toEqual({ kind: 'empty' });
});

test('what is invisible in a name is shown, not taken away', () => {
  expect(refused('stop my\u200bbox')).toMatchObject({
    fault: 'bad_name',
    said: expect.stringContaining('"U+200B" cannot be'),
  });
  expect(refused('stop my\ufeffbox').said).toContain('U+FEFF');
  expect(refused('stop \u202exobym').said).toContain('U+202E');
});

test('letters that look like others are shown with their number', () => {
  expect(refused('spinup m\u0443box').said).toContain('"\u0443" (U+0443) cannot be in a box name');
  expect(refused('spinup \u212aernel').said).toContain('U+212A');
  expect(refused('spinup ｍybox').said).toContain('U+FF4D');
});

test.each([
  ['stop my\0box', 'U+0000'],
  ['stop \u001b[31mmybox', 'U+001B'],
  ['stop mybox\u007f', 'U+007F'],
  ['stop \u009bmybox', 'U+009B'],
  ['stop \ud800mybox', 'U+D800'],
])('a control character or half a character is refused by number: %j', (line, shown) => {
  const { fault, said } = refused(line);
  expect(fault).toBe('bad_character');
  expect(said).toContain(shown);
});

test('a line over the limit is refused with the most there may be, before anything else', () => {
  expect(refused('x'.repeat(10_000))).toMatchObject({
    fault: 'too_long',
    said: expect.stringMatching(/longer than a command.*4,000 characters/),
  });
  expect(unfit('\0'.repeat(LONGEST_LINE + 1))).toEqual({ fault: 'too_long' });
  expect(unfit('x'.repeat(LONGEST_LINE))).toBeUndefined();
});
