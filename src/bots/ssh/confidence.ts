// What is told to Shellbox in confidence, with a code or a key, and must not be told to somebody else's box.
import { ShellboxError } from '../../errors.ts';
import { shown } from '../../threads/shown.ts';

/** Commands that are followed by a code or a key; they must not end up in somebody else's box that is called like its visitor. */
const CONFIDES: ReadonlySet<string> = new Set(['admin', 'link', 'confirm', 'keys']);

export function confides(command: string): boolean {
  return CONFIDES.has(verbOf(command).toLowerCase());
}

export function confidence(box: string, command: string): ShellboxError {
  const verb = verbOf(command);
  return new ShellboxError(
    'for_whom',
    `${box} is somebody else's box that lists your key, and "${verb}" is a command of Shellbox.`,
    {
      remedy: `For Shellbox put shellbox@ before the host; for the box put "command" before ${verb}.`,
    },
  );
}

/** Codes and keys stand behind the first word, so the log gets that alone. */
export function verbOf(command: string): string {
  return shown(command.trim().split(/\s/, 1)[0] ?? '');
}
