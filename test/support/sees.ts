// Waits until somebody sees something in a chat.
import { eventually } from './eventually.ts';

interface Reader {
  name: string;
  sees(channel: string): string;
}

const SEEN_MS = 30_000;

/** The channel as that person sees it, once it shows this. */
export function sees(person: Reader, channel: string, part: string | RegExp): Promise<string> {
  return eventually(
    `${person.name} sees ${part} in ${channel}`,
    () => {
      const text = person.sees(channel);
      return (typeof part === 'string' ? text.includes(part) : part.test(text)) ? text : undefined;
    },
    SEEN_MS,
  );
}
