// A program in a box that changes its home all the time and keeps a hash of each tree that was there, outside of the home.
import { expect } from 'vitest';
import type { BoxSpec } from '../../../src/providers/provider.ts';
import type { ChangingHome } from '../../contracts/provider-subject.ts';
import { containerOf, inBox } from './docker-host.ts';

/** So much lies between what changes, and has to be looked at for each snapshot. */
const BALLAST_MIB = 100;
const HASH = 'cd ~/tree && find . -type f | sort | xargs sha256sum | sha256sum | cut -c 1-64';
/** Each line is one change, which is there as a whole or not at all; `sync` brings it to the disk at once. */
const PROGRAM = `
hash() { (${HASH}) >> /tmp/truths; }
mkdir -p ~/tree; touch ~/tree/a
for part in 1 2; do head -c ${BALLAST_MIB / 2}M /dev/urandom > ~/ballast-$part; sync ~/ballast-$part; touch ~/tree/b-$part; done
hash
round=0
until [ -e /tmp/end ]; do
  round=$((round + 1))
  for file in a b-1 b-2; do echo "$round in $file" >> ~/tree/$file; hash; sync ~/tree/$file; done
  ln ~/tree/a ~/tree/link-$((round % 7 + 7)); hash
  mv -T ~/tree/link-$((round % 7 + 7)) ~/tree/link-$((round % 7)); hash
  rm -f ~/tree/link-$(((round + 3) % 7)) && hash
done
touch /tmp/ended`;

export async function beginChanging(box: BoxSpec): Promise<ChangingHome> {
  const exec = await containerOf(box).exec({ Cmd: ['bash', '-c', PROGRAM], User: 'dev', Env: ['HOME=/home/dev'] });
  await exec.start({ Detach: true });
  const truths = async () => {
    const { text } = await inBox(box, ['cat', '/tmp/truths']);
    return text.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line));
  };
  return {
    async changed() {
      const before = (await truths()).length;
      await expect.poll(async () => (await truths()).length, { timeout: 30_000 }).toBeGreaterThan(before);
    },
    async end() {
      await inBox(box, ['touch', '/tmp/end']);
      await expect
        .poll(async () => (await inBox(box, ['test', '-e', '/tmp/ended'])).status, { timeout: 30_000 })
        .toBe(0);
      return truths();
    },
    hash: async (of) => (await inBox(of, ['bash', '-c', HASH])).text.trim(),
  };
}
