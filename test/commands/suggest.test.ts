// The command that was probably meant.
import { expect, test } from 'vitest';
import { nearest } from '../../src/commands/suggest.ts';
import { refused } from './asking.ts';

test.each([
  ['stpo mybox', 'stop mybox'],
  ['lsit', 'list'],
  ['destory mybox --yes', 'destroy mybox --yes'],
  ['creat mybox', 'create mybox'],
  ['provison mybox 2cpu 4gb', 'provision mybox 2cpu 4gb'],
  ['stat mybox', 'start mybox'],
  ['spn up mybox', 'spinup mybox'],
  ['who am', 'whoami'],
  ['sshconfig', 'ssh-config'],
  ['ssh_config', 'ssh-config'],
  ['kyes add ssh-ed25519 AAAA ana', 'keys add ssh-ed25519 AAAA ana'],
  ['inf box', 'info box'],
])('%s was meant as %s', (line, fix) => {
  expect(refused(line)).toMatchObject({ fault: 'unknown_command', fix });
});

test('the transcript of a mistyped command', () => {
  expect(refused('stpo mybox')).toEqual({
    fault: 'unknown_command',
    said: 'No command "stpo". Did you mean:',
    fix: 'stop mybox',
    buttons: [],
  });
});

test('the rest of the line is mended where it is wrong too', () => {
  expect(refused('stpo My_Box').fix).toBe('stop my-box');
  expect(refused('stpo mybox now').fix).toBe('stop mybox');
  expect(refused('stpo my\u200bbox').fix).toBe('stop mybox');
});

test.each(['xyzzy', 'q', '__proto__', 'constructor', '🙂', '; rm -rf /', 'r m', '; rm', '-- stop'])(
  'nothing is near %j: help',
  (line) => {
    expect(refused(line)).toMatchObject({ fault: 'unknown_command', fix: 'help' });
  },
);

test('what is shown of a strange command is short and harmless', () => {
  const { said } = refused(`${'\u202e'.repeat(3)}${'y'.repeat(500)}`);
  expect(said).toContain('U+202EU+202EU+202Eyyy');
  expect(said.length).toBeLessThan(120);
  expect(refused('x'.repeat(3_999)).fix).toBe('help');
});

test('of equally near candidates the first is taken, and a third of the letters may be wrong', () => {
  expect(nearest('aab', ['aac', 'aad'])).toBe('aac');
  expect(nearest('abcxyz', ['abcdef'])).toBeUndefined();
  expect(nearest('abcdxy', ['abcdef'])).toBe('abcdef');
});
