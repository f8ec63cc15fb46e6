// Mails of many programs, languages and encodings: each runs what its author wrote, and nothing else.
import { afterAll, expect, test } from 'vitest';
import { createMailReader } from '../../../../src/bots/email/in/reader.ts';
import { arrived, CORPUS, commandsOf, corpusMail, EXPECTED, noDns } from './corpus.ts';

const reader = createMailReader({ resolve: noDns, ownHost: 'box.acme.dev', ownAddress: 'box@acme.dev' });
afterAll(() => reader.close());

test('every mail of the corpus says what is expected of it', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual([...CORPUS].sort());
  expect(CORPUS.length).toBeGreaterThan(50);
});

test.each(CORPUS)('%s', async (name) => {
  const mail = await reader.read(arrived(corpusMail(name)), AbortSignal.timeout(30_000));
  const { commands, display, keys } = EXPECTED[name] ?? { commands: ['not expected'] };
  expect(mail.readable).toBe(true);
  expect(mail.author?.domain).toBe('acme.dev');
  expect(mail.messageId).toMatch(/^<.+@.*acme\.dev>$/);
  expect(commandsOf(mail).map((line) => line.replaceAll('\u00a0', ' '))).toEqual(commands);
  if (display !== undefined) expect(mail.author?.display).toBe(display);
  if (keys !== undefined) expect(mail.keys).toHaveLength(keys);
});
