// The permissions that the app asks for: what is missing, and the same list in the document for operators.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inviteUrl, lacking, NEEDED } from '../../../src/bots/discord/invite.ts';
import { PERMISSIONS } from '../../fakes/discord/state.ts';

const ADMINISTRATOR = 8n;
const MANAGE_SERVER = 1n << 5n;
const ALL = Object.values(PERMISSIONS).reduce((all, bit) => all | bit, 0n);
const document = readFileSync(new URL('../../../docs/discord.md', import.meta.url), 'utf8');

test('what is missing is what it needs and no role grants', () => {
  expect(lacking(ALL)).toEqual([]);
  expect(lacking(ALL | MANAGE_SERVER)).toEqual([]);
  expect(lacking(ALL & ~PERMISSIONS.AttachFiles)).toEqual(['Attach Files']);
  expect(lacking(0n)).toHaveLength(Object.keys(PERMISSIONS).length);
});

test('an administrator lacks nothing', () => {
  expect(lacking(ADMINISTRATOR)).toEqual([]);
});

test('docs/discord.md has the address, and a line for each permission and for no other', () => {
  expect(document).toContain(inviteUrl('APPLICATION_ID'));
  const table = document.slice(document.indexOf('| permission |')).split('\n\n')[0] ?? '';
  const named = [...table.matchAll(/^\| \*?([A-Z][A-Za-z ]+?)\*? \|/gm)].map(([, name = '']) => name);
  expect(named.sort()).toEqual(Object.keys(NEEDED).sort());
});
