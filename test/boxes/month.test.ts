// Months by the clock on somebody's wall.
import { describe, expect, test } from 'vitest';
import { monthOf } from '../../src/boxes/month.ts';

const NOW = new Date('2026-11-30T23:30:00Z');

describe('a month', () => {
  test('begins and ends at midnight of the zone, summer time or not', () => {
    expect(monthOf('2026-10', NOW, 'Europe/Berlin')).toEqual({
      name: '2026-10',
      from: new Date('2026-09-30T22:00:00Z'),
      to: new Date('2026-10-31T23:00:00Z'),
    });
  });

  test('is the present one of the zone without a name', () => {
    expect(monthOf(undefined, NOW, 'UTC')?.name).toBe('2026-11');
    expect(monthOf(undefined, NOW, 'Europe/Berlin')).toMatchObject({
      name: '2026-12',
      from: new Date('2026-11-30T23:00:00Z'),
      to: new Date('2026-12-31T23:00:00Z'),
    });
  });

  test.each(['2026-13', '2026-00', '2026-1', '11-2026', 'november', '', '2026-11-01', '0000-01'])(
    'is not %j',
    (name) => {
      expect(monthOf(name, NOW, 'UTC')).toBeUndefined();
    },
  );
});
