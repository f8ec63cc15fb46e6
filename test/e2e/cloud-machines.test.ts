// Boxes at clouds whose machines are real systems: what a person sees of them and does in them with OpenSSH, from the first boot to the end.
import { expect, test } from 'vitest';
import { testInstallId } from '../contracts/provider-spec.ts';
import { type ContainerBoxes, canHoldContainerBoxes, openContainerBoxes } from '../fakes/cloud/container-boxes.ts';
import { digitalOceanWith } from '../providers/digitalocean/under-test.ts';
import { ovhWith } from '../providers/ovh/under-test.ts';
import { eventually } from '../support/eventually.ts';
import type { TestHouse } from '../support/house.ts';
import { run } from '../support/program.ts';
import { admit, withCloudHouse } from './cloud-house.ts';
import { openSshClient, type SshClient } from './ssh-client.ts';

const installId = testInstallId();
const CLOUDS = [
  ['DigitalOcean', 'kept', (boxes: ContainerBoxes) => digitalOceanWith(boxes, { whenStopped: 'keep', installId })],
  ['OVH', 'released', (boxes: ContainerBoxes) => ovhWith(boxes, { whenStopped: 'release', installId })],
] as const;
/** A busy machine boots others slowly. */
const PHASES = {
  ...{ activeMs: 60_000, portMs: 120_000, loginMs: 60_000, setupMs: 120_000, shutDownMs: 20_000, busyMs: 40_000 },
};
const ANSWER_MS = 180_000;
/** What a round that began before the last box was gone has put back, the round after the next takes away. */
const LATE_MS = 120_000;
const FAILING_SCRIPT = '#!/bin/sh\necho "for $SHELLBOX_USER: no such mirror"\nexit 3\n';
const ONLY_KEYS = /Permission denied \(publickey\)/;
const canRun = await canHoldContainerBoxes();

interface Scene {
  house: TestHouse;
  client: SshClient;
  boxes: ContainerBoxes;
  say(line: string): Promise<string>;
  /** Its final answer, once the host key in it is trusted, with the address in it and the steps before. */
  spinUp(line: string): Promise<{ answer: string; host: string; steps: string }>;
}

/** With nothing left on this machine in the end. */
async function withScene(
  open: (typeof CLOUDS)[number][2],
  use: (scene: Scene) => Promise<void>,
  setupScript?: string,
): Promise<void> {
  const boxes = await openContainerBoxes();
  const under = await open(boxes);
  const client = await openSshClient();
  const settings = { phases: PHASES, setupScript, answerMs: ANSWER_MS };
  try {
    await withCloudHouse(
      under,
      async (house) => {
        const say = (line: string) => house.say('ana', line);
        await admit(house, 'ana');
        expect(await say(`keys add ${client.publicKey}`)).toContain('opens your boxes');
        await use({ house, client, boxes, say, spinUp: (line) => spinUp(house, client, line) });
        expect(await boxes.left()).toEqual([expect.stringMatching(/^network /)]);
        await eventually('nothing at the vendor', () => under.leftovers().length === 0, LATE_MS);
      },
      settings,
    );
  } finally {
    await client.close();
  }
  expect(await boxes.left()).toEqual([]);
}

async function spinUp(house: TestHouse, client: SshClient, line: string) {
  const asked = await house.ask('ana', line);
  const answer = await asked.answer;
  const [, host = ''] = /^ssh dev@(\S+)$/m.exec(answer) ?? expect.fail(answer);
  const [known = ''] = new RegExp(`^${host} ssh-ed25519 \\S+$`, 'm').exec(answer) ?? expect.fail(answer);
  const [shown = ''] = /SHA256:\S+/.exec(answer) ?? [];
  await client.trust(known);
  expect((await run('ssh-keygen', ['-lf', client.knownHosts, '-F', host])).stdout).toContain(shown);
  const said = house.chat.messages(asked.thread).map(({ text }) => text);
  return { answer, host, steps: said.join('\n') };
}

for (const [title, what, open] of CLOUDS)
  test.skipIf(!canRun)(
    `a box at ${title}, whose stopped machine is ${what}, is a system with its home (needs a Docker engine and root)`,
    { timeout: 600_000 },
    () =>
      withScene(open, async ({ client, say, spinUp }) => {
        const { host, steps } = await spinUp('spinup mybox --size small --yes');
        for (const step of ['home volume, 10 GiB', 'box started', 'SSH answers, host key checked', 'tools set up'])
          expect(steps, step).toContain(`done ${step}`);

        const logIn = (line: string) => client.ssh(`dev@${host}`, line);
        expect(await logIn('hostname; id -un; pwd; sudo -n id -un; exit 7')).toMatchObject({
          ...{ status: 7, stdout: 'mybox\ndev\n/home/dev\nroot\n' },
        });
        const withPassword = ['-o', 'PubkeyAuthentication=no', '-o', 'BatchMode=no', '-o', 'NumberOfPasswordPrompts=1'];
        expect((await client.ssh(...withPassword, `dev@${host}`, 'true')).stderr).toMatch(ONLY_KEYS);
        expect((await client.ssh(`root@${host}`, 'true')).stderr).toMatch(ONLY_KEYS);

        const info = await say('info mybox');
        expect(info).toMatch(/^home used [1-9]\d* MiB of 9\.\d GiB$/m);
        expect(info).toMatch(/^memory [\d.]+ [GM]iB of [\d.]+ GiB$/m);
        const ran = await say('exec mybox -- sh -c "id -Gn; exit 3"');
        expect(ran).toContain('exit status 3');
        expect(ran, 'Docker’s group, which connections of before the set-up have as well').toContain('dev docker');
        expect(await say('logs mybox --file /var/log/cloud-init-output.log')).toMatch(/Cloud-init v\. \S+ finished/);
        expect(await say('logs mybox --file /var/log/shellbox-setup.log')).toContain('install --no-install-recommends');

        await logIn('echo "a letter" >letter; sudo -n touch /opt/outside-the-home');
        expect(await say('stop mybox')).toContain('mybox is stopped');
        expect((await client.ssh('-o', 'ConnectTimeout=2', `dev@${host}`, 'true')).status).toBe(255);
        const { host: again } = await spinUp('start mybox');
        expect(await client.ssh(`dev@${again}`, 'cat letter; ls /opt')).toMatchObject({
          stdout: 'a letter\noutside-the-home\n',
        });

        expect(await say('snapshot create mybox before')).toContain('Snapshot before of mybox is kept');
        await client.ssh(`dev@${again}`, 'echo "another" >letter');
        const other = await spinUp('spinup other --from before --yes');
        expect(await client.ssh(`dev@${other.host}`, 'hostname; cat letter; ls /opt')).toMatchObject({
          stdout: 'other\na letter\n',
        });
        await say('destroy mybox --yes');
        await say('destroy other --yes');
        expect(await say('snapshot delete before --yes')).toContain('deleted');
      }),
  );

test.skipIf(!canRun)(
  'a set-up script that fails is told of with its last words, and the box can be used (needs a Docker engine and root)',
  { timeout: 600_000 },
  () =>
    withScene(
      CLOUDS[0][2],
      async ({ client, say, spinUp }) => {
        const { answer, host } = await spinUp('spinup mybox --size small --yes');
        expect(answer).toContain('for dev: no such mirror');
        expect(answer).toContain('Its tools could not be set up');
        expect(await client.ssh(`dev@${host}`, 'hostname')).toMatchObject({ status: 0, stdout: 'mybox\n' });
        await say('destroy mybox --yes');
      },
      FAILING_SCRIPT,
    ),
);
