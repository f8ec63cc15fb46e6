// Which mails are from programs, and are never answered.
import { describe, expect, test } from 'vitest';
import { fieldOf } from '../../../../src/bots/email/in/head.ts';
import { robotReason } from '../../../../src/bots/email/in/loops.ts';

const OWN = ['box@acme.dev'];
const PERSON = ['From: Ana <ana@acme.dev>', 'Message-ID: <CAJ1@mail.acme.dev>', 'Subject: list'];

function reason(lines: readonly string[], envelopeFrom: string | undefined = 'ana@acme.dev'): string | undefined {
  return robotReason([...PERSON, ...lines].map(fieldOf), envelopeFrom, OWN);
}

describe('a person', () => {
  test.each([[[]], [['Auto-Submitted: no']], [['Precedence: first-class']], [['Content-Type: multipart/mixed']]])(
    'writes %j',
    (lines) => {
      expect(reason(lines)).toBeUndefined();
    },
  );

  test('may come without a known envelope, and may work where we live', () => {
    expect(reason([], undefined)).toBeUndefined();
    expect(
      robotReason(['From: ana@acme.dev', 'Message-ID: <20261116.1@acme.dev>'].map(fieldOf), undefined, OWN),
    ).toBeUndefined();
  });
});

describe('a program', () => {
  test.each([
    ['auto_submitted', 'Auto-Submitted: auto-replied'],
    ['auto_submitted', 'AUTO-SUBMITTED: auto-generated; owner-email="x"'],
    ['list', 'List-Id: <dev.acme.dev>'],
    ['list', 'List-Unsubscribe: <mailto:x@acme.dev>'],
    ['precedence', 'Precedence: bulk'],
    ['precedence', 'Precedence: Junk'],
    ['precedence', 'Precedence: list'],
    ['suppressed', 'X-Auto-Response-Suppress: All'],
    ['suppressed', 'X-Auto-Response-Suppress: OOF, DR'],
    ['auto_reply', 'X-Autoreply: yes'],
    ['auto_reply', 'X-Failed-Recipients: box@acme.dev'],
    ['report', 'Content-Type: multipart/report; report-type=delivery-status'],
    ['null_sender', 'Return-Path: <>'],
    ['own_message', 'Message-ID: <0190a3c4-7b1e-7f00-8000-0123456789ab.k7x2@acme.dev>'],
  ])('is told by %s: %s', (expected, line) => {
    const lines = line.startsWith('Message-ID') ? ['From: ana@acme.dev', line] : [...PERSON, line];
    expect(robotReason(lines.map(fieldOf), 'ana@acme.dev', OWN)).toBe(expected);
  });

  test.each([
    ['null_sender', ''],
    ['robot_address', 'MAILER-DAEMON@acme.dev'],
    ['robot_address', 'bounces+123@acme.dev'],
    ['own_address', 'box+k7x2@ACME.dev'],
  ])('is told by its envelope: %s, %j', (expected, envelopeFrom) => {
    expect(reason([], envelopeFrom)).toBe(expected);
  });

  test.each([
    ['robot_address', 'postmaster@acme.dev'],
    ['robot_address', 'no-reply@acme.dev'],
    ['robot_address', 'Do_Not_Reply+x@acme.dev'],
    ['robot_address', 'noreply-list@acme.dev'],
    ['own_address', 'box+k7x2@acme.dev'],
    ['own_address', 'BOX@acme.dev'],
  ])('is told by its author: %s, %s', (expected, address) => {
    expect(robotReason([fieldOf(`From: ${address}`)], undefined, OWN)).toBe(expected);
  });
});
