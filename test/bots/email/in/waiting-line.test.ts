// The line of mails that wait to be read.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLine, type Waiting } from '../../../../src/bots/email/in/waiting-line.ts';

interface Mail extends Waiting {
  at: number;
}

const mail = (source: string, at = 0): Mail => ({ source, at });
const sources = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });

describe('in the line of mails', () => {
  test('each source has one turn before another has its second, and keeps its own order', () => {
    fc.assert(
      fc.property(sources, (from) => {
        const line = createLine<Mail>({ shareOfOne: 1, mostOfOne: 100 });
        for (const [at, source] of from.entries()) line.join(mail(source, at));
        const read: Mail[] = [];
        for (let one = line.next(); one !== undefined; one = line.next()) {
          read.push(one);
          line.done(one);
        }
        const rounds = from.map((source, at) => from.slice(0, at).filter((other) => other === source).length);
        const expected = from.map((source, at) => mail(source, at));
        expected.sort((one, other) => (rounds[one.at] ?? 0) - (rounds[other.at] ?? 0) || one.at - other.at);
        expect(read).toEqual(expected);
      }),
    );
  });

  test('who comes later is not behind all of who came first, nor before who was read long ago', () => {
    const line = createLine<Mail>({ shareOfOne: 1, mostOfOne: 100 });
    const next = (): string => {
      const one = line.next();
      if (one !== undefined) line.done(one);
      return `${one?.source}${one?.at}`;
    };
    line.join(mail('honest', 0));
    expect(next()).toBe('honest0');
    for (const at of [0, 1, 2]) for (const source of ['x', 'y']) line.join(mail(source, at));
    expect([next(), next()]).toEqual(['x0', 'y0']);
    line.join(mail('new', 0));
    line.join(mail('honest', 1));
    expect([next(), next(), next(), next()]).toEqual(['new0', 'honest1', 'x1', 'y1']);
  });

  test('a source with its share of readers waits, and so many of one wait at most', () => {
    const line = createLine<Mail>({ shareOfOne: 1, mostOfOne: 2 });
    const [first, second, third] = [mail('a', 0), mail('a', 1), mail('a', 2)];
    expect([line.join(first), line.next()]).toEqual([true, first]);
    expect([line.join(second), line.join(third), line.join(mail('a', 3)), line.next()]).toEqual([
      true,
      true,
      false,
      undefined,
    ]);
    expect([line.hasOthers('a'), line.hasOthers('b')]).toEqual([false, true]);
    expect([line.leave(second), line.leave(second)]).toEqual([true, false]);
    line.done(first);
    expect([line.next(), line.all()]).toEqual([third, []]);
  });
});
