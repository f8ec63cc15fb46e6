// The lines that are offered after one that ran in a box: the same with all of its output kept, or with more time.
import { type Block, command, text } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';

/** What is longer is looked up where it came from, not copied out of an answer. */
const LONGEST_LINE = 200;
/** Words that every shell reads as they are, the parser of commands too: an end like that of a sentence would be taken away. */
const PLAIN = /^[\w/][\w/=:,+@%.-]*(?: [\w/=:,+@%.-]+)*(?<!\.)$/;

/** For a line whose output was longer than an answer. */
export function keepingAll(boxName: string, line: string): Block[] {
  // The bracket behind a comment or a backslash would not close.
  if (!isOffered(line) || line.includes('#') || line.endsWith('\\'))
    return [text('To keep all of it, run it from a script in the box that writes to a file.')];
  return [text('To keep all of it:'), command(`exec ${boxName} -- ${inQuotes(`(${line}) > out.log 2>&1`)}`)];
}

/** For a line whose time was over. */
export function forLonger(boxName: string, line: string, minutes: number): Block[] {
  const begin = `exec ${boxName} --minutes ${minutes} --`;
  if (!isOffered(line)) return [text(`For longer, the same with --minutes ${minutes}.`)];
  return [text('For longer:'), command(`${begin} ${PLAIN.test(line) ? line : inQuotes(line)}`)];
}

/** Nothing is left out of it, and nothing in it becomes something else on its way through a chat and back. */
function isOffered(line: string): boolean {
  return line.length <= LONGEST_LINE && shown(line, line.length) === line && !line.includes('`');
}

/** One word for every shell of the kind of sh(1), and for the parser of commands: whoever types it before `ssh` runs none of it at home. */
export function inQuotes(line: string): string {
  return `'${line.replaceAll("'", "'\\''")}'`;
}
