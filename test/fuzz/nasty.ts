// What strangers put into texts and payloads: random characters, and those that mean something to somebody on the way.
import fc from 'fast-check';

const WORDS = [
  '',
  ' ',
  '\0',
  '\r\n',
  '\n\n',
  '\u001b[2J',
  '\u001b]0;x\u0007',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\ud83d',
  '\udc00x',
  'е',
  'K',
  '<!channel>',
  '<@U0000000001>',
  '<@&1>',
  '@everyone',
  '@here',
  '`',
  '```',
  '*b*',
  '|',
  '<http://evil.example|click>',
  '[x](http://evil.example)',
  "'; DROP TABLE boxes; --",
  '$(id)',
  '`id`',
  '; rm -rf /',
  '../../../etc/passwd',
  '%00',
  '%s%n',
  '{{7*7}}',
  '#{7*7}',
  '__proto__',
  'constructor',
  'toString',
  'NaN',
  '-1',
  '9'.repeat(400),
  '1e999',
  'null',
  'true',
  '[]',
  '{}',
  '{"a":',
  'x'.repeat(70_000),
  'list',
  'stop mybox',
  'stop',
  'confirm 123456',
  'help',
  'logs --all',
  '--yes',
  'admin suspend ana',
  'link 0123456789',
] as const;

export const nastyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...WORDS), { maxLength: 5 }).map((words) => words.join(' ')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), fc.nat(4000))
      .map(([text, times]) => text.repeat(times)),
  },
);

/** A change somewhere in a JSON value. */
export interface Change {
  /** Which of all places, counted through. */
  at: number;
  how: 'drop' | 'set' | 'repeat' | 'wrap';
  value: unknown;
}

const DEEP = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`);
export const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(10_000),
  how: fc.constantFrom('drop', 'set', 'set', 'set', 'repeat', 'wrap'),
  value: fc.oneof(
    { weight: 3, arbitrary: nastyText },
    { weight: 2, arbitrary: fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 53, -1e308, [], {}, [[]], DEEP) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  ),
});

/** A copy of the value with the changes made one after the other. */
export function changed(value: unknown, changes: readonly Change[]): unknown {
  let root: unknown = structuredClone(value);
  for (const one of changes) {
    const places = placesIn(root);
    const place = places[one.at % (places.length + 1)];
    if (place === undefined) root = made(root, one);
    else if (one.how === 'drop') Reflect.deleteProperty(place.holder, place.key);
    else Reflect.set(place.holder, place.key, made(Reflect.get(place.holder, place.key), one));
  }
  return root;
}

function made(old: unknown, { how, value }: Change): unknown {
  if (how === 'repeat') return Array.from({ length: 200 }, () => old);
  return how === 'wrap' ? { value: old } : value;
}

interface PlaceIn {
  holder: object;
  key: string;
}

/** Every key of every object and list; those that a test nested deeply are passed over. */
function placesIn(value: unknown, depth = 0): PlaceIn[] {
  if (typeof value !== 'object' || value === null || depth > 20) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ holder: value, key }, ...placesIn(inner, depth + 1)]);
}

/** What acts where it is shown: control characters but for line breaks and tabs, what hides, and what turns writing round. */
export const ACTING = /(?![\n\t])[\p{Cc}\p{Cf}]/u;
