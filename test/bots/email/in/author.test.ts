// Who a mail is from: one plain address in one From, or nobody.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorOf } from '../../../../src/bots/email/in/author.ts';

function read(...lines: string[]): string {
  const found = authorOf(lines);
  return found.kind === 'author' ? `${found.display} <${found.address}>` : found.reason;
}

describe('one plain address', () => {
  test.each([
    ['From: ana@acme.dev', 'ana@acme.dev <ana@acme.dev>'],
    ['From: Ana <ana@acme.dev>', 'Ana <ana@acme.dev>'],
    ['from:Ana<Ana@ACME.dev>', 'Ana <ana@acme.dev>'],
    ['From: "Lima, Ana (DE)" <ana.m-l+x@dev.acme.co.uk>', 'Lima, Ana (DE) <ana.m-l+x@dev.acme.co.uk>'],
    ['From: Ana M. Lima\r\n <ana@acme.dev>', 'Ana M. Lima <ana@acme.dev>'],
    ['From: =?utf-8?Q?Ana_M=C3=BCller?= <ana@acme.dev>', 'Ana Müller <ana@acme.dev>'],
    ['From: =?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <ana@acme.dev>', '山田 <ana@acme.dev>'],
    ['From: =?UTF-8?B?5Zs=?= =?utf-8?B?nuetlA==?= <ana@acme.dev>', '回答 <ana@acme.dev>'],
    ['From: =?x-none?B?5Zs=?= =?utf-8?Q?Ana?= <ana@acme.dev>', '=?x-none?B?5Zs=?=Ana <ana@acme.dev>'],
    ['From: Åsa Öberg <asa@acme.dev>', 'Åsa Öberg <asa@acme.dev>'],
    ['From: "ana@acme.dev" <ana@acme.dev>', 'ana@acme.dev <ana@acme.dev>'],
    ['From: <ana@xn--bcher-kva.example>', 'ana@xn--bcher-kva.example <ana@xn--bcher-kva.example>'],
  ])('%j is read', (line, author) => {
    expect(read(line)).toBe(author);
  });

  test('a name that is shown has no line break and nothing invisible in it', () => {
    expect(read('From: "A\u202ena\u200b" <ana@acme.dev>')).toBe('A na <ana@acme.dev>');
    expect(read('From: =?utf-8?Q?Ana=0D=0ABcc=3A_x?= <ana@acme.dev>')).toBe('Ana Bcc: x <ana@acme.dev>');
  });
});

describe('anything else is nobody', () => {
  test.each([
    ['no_from', []],
    ['several_from', ['From: ana@acme.dev', 'From: ana@acme.dev']],
    ['malformed', ['From: alice@corp.com .evil.com']],
    ['malformed', ['From: Alice <alice@corp.com> .evil.com']],
    ['malformed', ['From: Alice <alice@corp.com> <eve@evil.com>']],
    ['malformed', ['From: Alice <alice@corp.com@evil.com>']],
    ['malformed', ['From: <@evil.com:alice@corp.com>'.replace(':alice', 'alice')]],
    ['malformed', ['From: "alice@corp.com"@evil.com']],
    ['malformed', ['From: <"alice@corp.com> "@evil.com>']],
    ['malformed', ['From: alice@[127.0.0.1]']],
    ['malformed', ['From: alice@localhost']],
    ['malformed', ['From: alice@corp.com.']],
    ['malformed', ['From: alice@-corp.com']],
    ['malformed', ['From: alice..b@corp.com']],
    ['malformed', ['From: =?utf-8?Q?alice=40corp.com?=']],
    ['malformed', ['From: <=?utf-8?Q?alice?=@corp.com>']],
    ['malformed', ['From: Alice <alice@corp.com']],
    ['malformed', ['From: Alice']],
    ['malformed', ['From: Alice <>']],
    ['malformed', ['From:']],
    ['malformed', ['From : alice@corp.com']],
    ['malformed', ['From: alice@corp.com\r\nX: y']],
    ['malformed', ['From: alice@corp.com\rFrom: eve@evil.com']],
    ['malformed', ['From: alice@corp.com\0']],
    ['malformed', [`From: ${'a'.repeat(65)}@corp.com`]],
    ['malformed', [`From: ${'"a" '.repeat(800)}<alice@corp.com>`]],
    ['several_addresses', ['From: alice@corp.com, eve@evil.com']],
    ['several_addresses', ['From: Alice <alice@corp.com>, Eve <eve@evil.com>']],
    ['several_addresses', ['From: Lima, Ana <alice@corp.com>']],
    ['comment', ['From: alice@corp.com (eve@evil.com)']],
    ['comment', ['From: Alice (comment) <alice@corp.com>']],
    ['comment', ['From: alice(x)@corp.com']],
    ['group', ['From: Friends: alice@corp.com;']],
    ['group', ['From: Friends: alice@corp.com, eve@evil.com;']],
    ['group', ['From: <@evil.com:alice@corp.com>']],
    ['display_is_address', ['From: "alice@corp.com" <eve@evil.com>']],
    ['display_is_address', ['From: alice@corp.com <eve@evil.com>']],
    ['display_is_address', ['From: =?utf-8?Q?alice=40corp.com?= <eve@evil.com>']],
    ['display_is_address', ['From: =?utf-8?B?YWxpY2VAY29ycC5jb20=?= <eve@evil.com>']],
    ['display_is_address', ['From: alice＠corp.com <eve@evil.com>']],
    ['not_ascii', ['From: аlice@corp.com']],
    ['not_ascii', ['From: <alice@cоrp.com>']],
    ['not_ascii', ['From: \u00a0alice@corp.com']],
  ])('%s: %j', (reason, lines) => {
    expect(read(...lines)).toBe(reason);
  });
});

test('from no text comes an author whose address is not in it as written, alone or in brackets', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '@',
    '"',
    '\\',
    '(',
    ')',
    ',',
    ';',
    ':',
    ' ',
    '\r\n ',
    '\n',
    '.',
    'a',
    'corp.com',
    'ana@acme.dev',
    '=?utf-8?Q?',
    '?=',
    'é',
    '\u200b',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const value = pieces.join('');
      const found = authorOf([`From: ${value}`]);
      if (found.kind === 'fault') return;
      const plain = value.replace(/\r?\n(?=[ \t])/g, '').trim();
      const inside = plain.endsWith('>') ? plain.slice(plain.lastIndexOf('<') + 1, -1) : plain;
      expect(inside.toLowerCase()).toBe(found.address);
      expect(found.address).toMatch(/^[!-~]+@[a-z0-9.-]+\.[a-z0-9-]+$/);
      const outsideQuotes = plain.slice(0, plain.length - inside.length).replace(/"(?:[^"\\]|\\.)*"/g, '');
      expect(outsideQuotes).not.toMatch(/[@,;:()]/);
    }),
    { numRuns: 3_000 },
  );
});
