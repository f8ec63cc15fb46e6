// A real box that was destroyed and comes back: its files, its host key and its port are those that people know.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openProgram, type Program } from '../support/program.ts';

describe('a destroyed box', { timeout: 120_000 }, () => {
  let program: Program;
  let key: string;
  beforeAll(async () => {
    program = await openProgram({ DESTROY_KEEP_HOURS: '24' });
    key = await program.key('ana');
  }, 180_000);
  // Its box is there to the end, so its home is removed with it.
  afterAll(() => program.close());

  const inBox = (command: string) => program.ssh(key, 'mybox', [command]);
  const known = (said: string) => /^ {2}(\[127\.0\.0\.1\]:\d+ ssh-ed25519 \S+)$/m.exec(said)?.[1];

  test('comes back with what was in its home', async () => {
    const made = await program.say(key, 'spinup mybox');
    expect(made).toMatchObject({ status: 0 });
    const sum = (await inBox('head -c 1000000 /dev/urandom > data && sha256sum < data')).stdout;
    expect(sum).toMatch(/^[0-9a-f]{64}/);

    const destroyed = await program.say(key, 'destroy mybox --yes');
    expect(destroyed).toMatchObject({ status: 0, stdout: expect.stringContaining('undestroy mybox') });
    expect((await program.say(key, 'list')).stdout).toContain('You have no boxes');
    const back = await program.say(key, 'undestroy mybox');
    expect(back).toMatchObject({ status: 0, stdout: expect.stringContaining('mybox is back, stopped') });
    const started = await program.say(key, 'start mybox');
    expect(started).toMatchObject({ status: 0 });
    expect(known(started.stdout)).toBe(known(made.stdout));
    expect((await inBox('sha256sum < data')).stdout).toBe(sum);
  });
});
