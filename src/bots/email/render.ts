// What Shellbox says as a mail: text and HTML that say the same, and what is attached.
import type { SpokenBody } from '../../threads/reply.ts';
import { htmlPart } from './html-part.ts';
import { type MailFile, sectionsOf } from './pieces.ts';
import { textPart } from './text-part.ts';

export interface MailView {
  /** IANA name of the reader's time zone, for the log. */
  timeZone: string;
  /** Where an answer goes. */
  replyAddress: string;
  /** What is said of the mail that is answered, besides. */
  remarks?: readonly string[];
}

export interface RenderedMail {
  text: string;
  html: string;
  files: readonly MailFile[];
}

/** Whatever stands in the body is shown as text. The same body is rendered the same, each time. */
export function renderMail(body: SpokenBody, { timeZone, replyAddress, remarks = [] }: MailView): RenderedMail {
  const { sections, files } = sectionsOf(body, timeZone, remarks);
  return { text: textPart(sections), html: htmlPart(sections, replyAddress), files };
}
