// What uninstall says that it leaves to the operator.
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { untouched } from '../../src/verbs/uninstall/words.ts';

const NOTHING = { ours: [], others: [], elsewhere: [], isHalfRemoved: false };
const SURROUNDINGS = { isRoot: false, cwd: '/srv', providers: ['docker', 'digitalocean'] };

test('apps, keys and tokens are to be revoked where they were made, clouds’ too', () => {
  const config = loadConfig(
    {
      DISCORD_TOKEN: 'a.b.c'.padEnd(30, 'd'),
      DISCORD_APPLICATION_ID: '1'.repeat(18),
      DIGITALOCEAN_TOKEN: 'dop_v1_12345678',
    },
    SURROUNDINGS,
  );
  const line = untouched(config, NOTHING).find((said) => said.includes('revoke'));
  expect(line).toBe('  the apps, keys and tokens in Discord, DigitalOcean: delete or revoke them there');
});

test('where there are none, nothing is to be revoked', () => {
  expect(untouched(loadConfig({}, SURROUNDINGS), NOTHING).join('\n')).not.toContain('revoke');
});
