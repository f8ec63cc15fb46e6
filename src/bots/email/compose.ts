// Makes a mail of a message: to whom, under which other mail, saying what.
import type { OutgoingMessage } from '../door.ts';
import { answeringOf, placeOf } from './place.ts';
import { renderMail } from './render.ts';
import type { Threading } from './threading.ts';
import type { Mail } from './transport.ts';

export interface ComposeOptions {
  /** Where people write to, as in EMAIL_ADDRESS. */
  address: string;
  threading: Threading;
  /** IANA name of the reader's time zone. */
  timeZone: string;
}

const NAME = 'Shellbox';

/**
 * The same message makes the same mail, each time. Undefined for what only shows a state: a mail cannot be changed, so it tells
 * what is final and what is news.
 */
export function composeMail(message: OutgoingMessage, options: ComposeOptions): Mail | undefined {
  const { body, id, kind, thread } = message;
  if (body.kind === 'light' || body.kind === 'progress') return undefined;
  const { key, to } = placeOf(thread.address);
  const { subject, inReplyTo, references, remarks } = answeringOf(message);
  const replyTo = options.threading.replyAddress(key, to);
  const { text, html, files } = renderMail(body, {
    timeZone: options.timeZone,
    replyAddress: replyTo,
    remarks: kind === 'final' ? remarks : [],
  });
  return {
    from: { name: NAME, address: options.address },
    to,
    replyTo,
    subject,
    messageId: options.threading.messageId(id, key, to),
    inReplyTo: inReplyTo ?? undefined,
    references: references.split(' ').filter((reference) => reference !== ''),
    headers: {
      // RFC 3834, 5: other robots do not answer what is marked so. The second is what Exchange looks at.
      'Auto-Submitted': kind === 'notice' ? 'auto-generated' : 'auto-replied',
      'X-Auto-Response-Suppress': 'All',
    },
    date: timeIn(id),
    text,
    html,
    attachments: files.map((file) => ({ name: file.name, type: 'text/plain', text: file.text })),
  };
}

/** When a row was made, which its id says: the first 48 bits are milliseconds. Source: RFC 9562, 5.7. */
function timeIn(id: string): Date | undefined {
  const digits = id.replaceAll('-', '');
  if (!/^[0-9a-f]{12}7[0-9a-f]{19}$/i.test(digits)) return undefined;
  // A header has whole seconds.
  return new Date(Math.floor(Number.parseInt(digits.slice(0, 12), 16) / 1000) * 1000);
}
