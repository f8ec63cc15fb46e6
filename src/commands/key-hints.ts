// How a person is told to give us a key: the line to type, and what buttons stand for.
import { type Block, command } from '../threads/reply.ts';

/** In a sentence's wake: "add one with:". */
export const HOW_TO_ADD_KEYS: readonly Block[] = [
  command('keys add ssh-ed25519 AAAA… you@laptop'),
  {
    kind: 'actions',
    actions: [
      { label: 'Paste a key', command: 'keys add' },
      { label: 'Use GitHub keys…', command: 'keys add github:your-name', press: { command: 'keys add github:' } },
    ],
  },
];
