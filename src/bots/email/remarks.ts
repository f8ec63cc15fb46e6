// What an answer says last: which parts of a mail were not read, and what to do with a key that only came along.
import { MOST_COMMANDS, type Reading } from './in/lines.ts';

/** One sentence each. Undefined: the body was too large, or could not be read in time. */
export function remarksOn(reading: Reading | undefined): string[] {
  if (reading === undefined) return ['Not read: the text of your mail, which is too large or damaged.'];
  const { belowSubject, beyond, keyLeft } = reading;
  return [
    belowSubject > 0 ? `Not read: ${lines(belowSubject)} below the subject, because the subject is a command.` : '',
    beyond > 0 ? `Not read: ${lines(beyond)} more, because ${MOST_COMMANDS} commands are the most in one mail.` : '',
    keyLeft
      ? 'There is a public key attached to your mail. To add it, answer with the file attached, and this line: keys add'
      : '',
  ].filter((remark) => remark !== '');
}

function lines(count: number): string {
  return count === 1 ? '1 line' : `${count} lines`;
}
