// One word as the value of a parameter.
import { expect, test } from 'vitest';
import { readValue, writeValue } from '../../src/commands/values.ts';

const memory = { kind: 'memory', about: '', minimumMiB: 256, maximumMiB: 65_536 } as const;
const disk = { kind: 'disk', about: '', minimumGiB: 1, maximumGiB: 4096 } as const;
const cpu = { kind: 'count', about: '', minimum: 1, maximum: 64 } as const;
const size = { kind: 'choice', about: '', choices: ['small', 'medium', 'large'] } as const;

test.each([
  ['4g', 4096],
  ['4G', 4096],
  ['4gb', 4096],
  ['4 GiB', 4096],
  ['512m', 512],
  ['512MB', 512],
  ['0.5g', 512],
])('%s of memory is %d MiB', (word, value) => {
  expect(readValue(memory, '--memory', word)).toEqual({ ok: true, value });
});

test.each([
  ['10g', 10],
  ['10GiB', 10],
  ['1t', 1024],
  ['2048m', 2],
])('%s of disk is %d GiB', (word, value) => {
  expect(readValue(disk, '--disk', word)).toEqual({ ok: true, value });
});

test.each([
  [memory, '900g', '--x takes 256 MiB to 64 GiB; 900g is too much.', 65_536],
  [memory, '1m', '--x takes 256 MiB to 64 GiB; 1m is too little.', 256],
  [memory, '4', '--x needs a unit: 4g or 512m, not "4".', 4096],
  [memory, '0.3g', '--x is counted in whole MiB; "0.3g" is not whole.', 308],
  [memory, `${'9'.repeat(400)}g`, expect.stringContaining('is too much'), 65_536],
  [disk, '1536m', '--x is counted in whole GiB; "1536m" is not whole.', 2],
  [disk, '-5g', '--x takes 1 GiB to 4096 GiB; -5g is too little.', 1],
  [cpu, '65', '--x takes 1 to 64; 65 is too much.', 64],
  [cpu, '-1', '--x takes 1 to 64; -1 is too little.', 1],
  [size, 'smal', '--x is small, medium or large, not "smal".', 'small'],
])('%j refuses %s with the quantity, the unit and the nearest value', (param, word, message, mended) => {
  expect(readValue(param, '--x', word)).toEqual({ ok: false, fault: 'bad_value', message, mended });
});

test.each([
  [memory, 'lots'],
  [memory, '4x'],
  [memory, '1e3g'],
  [cpu, '2.5'],
  [cpu, '0x10'],
  [size, 'gigantic'],
])('%j does not guess at %s', (param, word) => {
  const reading = readValue(param, '--x', word);
  expect(reading).toMatchObject({ ok: false, message: expect.stringContaining(`not "${word}"`) });
  expect(reading).not.toHaveProperty('mended');
});

test('memory and disk are written as they are read', () => {
  for (const value of [256, 1024, 1536, 65_536])
    expect(readValue(memory, '', writeValue('memory', value))).toEqual({ ok: true, value });
  for (const value of [1, 10, 4096])
    expect(readValue(disk, '', writeValue('disk', value))).toEqual({ ok: true, value });
});

test('a box that exists may bear a word that was reserved later; a new one may not', () => {
  expect(readValue({ kind: 'box', about: '' }, 'box', 'snapshot')).toEqual({ ok: true, value: 'snapshot' });
  expect(readValue({ kind: 'newName', about: '' }, 'name', 'snapshot')).toMatchObject({
    ok: false,
    mended: 'snapshot-box',
  });
});
