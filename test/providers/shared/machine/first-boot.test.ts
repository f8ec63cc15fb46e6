// A machine's first boot, by cloud-init itself: what it makes of user data, and what workers and people then meet over SSH.
import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BoxSpec, ProviderError } from '../../../../src/providers/provider.ts';
import { type BoxAddress, createBoxShells } from '../../../../src/providers/shared/box-shells.ts';
import { greetingText } from '../../../../src/providers/shared/box-system.ts';
import { measurement, observation } from '../../../../src/providers/shared/machine/box-facts.ts';
import { createInside } from '../../../../src/providers/shared/machine/inside.ts';
import { userData, userDataValue } from '../../../../src/providers/shared/machine/user-data.ts';
import { makeHostKey } from '../../../contracts/provider-spec.ts';
import { eventually } from '../../../support/eventually.ts';
import { freePort } from '../../../support/free-port.ts';
import { describedBox, traits } from './described-box.ts';
import { canMakeDisks, type Disk, makeDisk } from './disk.ts';
import { canHoldMachines, startMachine, type ThrowawayMachine } from './throwaway-machine.ts';

const canBoot = canMakeDisks && spawnSync('cloud-init', ['--version']).status === 0 && (await canHoldMachines());
/** Disks, network and packages of this machine are not cloud-init's. */
const RESTRAINED = `
datasource_list: [NoCloud]
network: {config: disabled}
cloud_init_modules: [bootcmd, write-files, set_hostname, update_etc_hosts, users-groups, ssh]
`;
const NOTED = '#!/bin/sh\necho "$*" >>/var/log/systemctl.log\n';
const within = () => AbortSignal.timeout(20_000);
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: unknown) => (error instanceof ProviderError ? error.code : error),
  );

describe.skipIf(!canBoot)(
  'the first boot (needs root, overlayfs, loop devices and cloud-init)',
  { timeout: 60_000 },
  () => {
    const [person, control] = [makeHostKey(), makeHostKey()];
    let [machine, disk, box, at]: [ThrowawayMachine?, Disk?, BoxSpec?, BoxAddress?] = [];
    const the = () => (machine && disk && box && at ? { machine, disk, box, at } : expect.fail('no machine'));
    const run = (line: string) => the().machine.run(['sh', '-c', line]);
    const out = async (line: string) => (await run(line)).out.trim();

    beforeAll(async () => {
      disk = await makeDisk(64);
      machine = await startMachine();
      box = describedBox({ boxName: 'mybox', authorizedKeys: [person.publicKey] });
      const document = userData(box, traits({ device: disk.device, controlKey: control.publicKey }));
      const port = await freePort();
      at = { endpoint: { host: '127.0.0.1', port }, hostPublicKey: box.hostKey.publicKey };
      await machine.write('/etc/cloud/cloud.cfg.d/99-test.cfg', RESTRAINED);
      await machine.write('/var/lib/cloud/seed/nocloud/user-data', document);
      await machine.write('/var/lib/cloud/seed/nocloud/meta-data', 'instance-id: one\n');
      await machine.write('/usr/bin/systemctl', NOTED, 0o755);
      // Its network is that of this machine, where nothing is to be counted.
      await machine.write('/usr/sbin/nft', '#!/bin/sh\nexit 1\n', 0o755);
      await machine.write('/etc/ssh/ssh_host_rsa_key', 'of the image\n');
      // An image has no account of its own with this number, as this machine may have.
      await machine.run([
        'sh',
        '-c',
        'sed -i "/^[^:]*:[^:]*:1000:/d" /etc/passwd /etc/group; sed -i /^dev:/d /etc/shadow /etc/gshadow',
      ]);
      const boot = 'unshare --net sh -c "cloud-init init --local; cloud-init init"';
      expect(await machine.run(['sh', '-c', boot])).toMatchObject({ status: 0 });
      const [file = '', ...enter] = machine.enter;
      const options = ['-o', `Port=${port}`, '-o', 'ListenAddress=127.0.0.1'];
      await machine.run(['mkdir', '-p', '/run/sshd']);
      spawn(file, [...enter, '/usr/sbin/sshd', '-D', ...options], { stdio: 'ignore' });
      await eventually('sshd', async () => (await out(`ss -Hltn sport = :${port}`)) !== '');
    }, 60_000);
    afterAll(async () => {
      await machine?.stop();
      await disk?.detach();
    });

    const shellsOf = (key: typeof person) => createBoxShells({ user: 'dev', privateKey: key.privateKey, idleMs: 1 });
    const inside = createInside(shellsOf(control));
    const logIn = async (key: typeof person, line = 'id -un'): Promise<string> => {
      let said = '';
      const output = (data: Buffer) => {
        said += data.toString();
      };
      await shellsOf(key).run(the().at, line, { output, signal: within() });
      return said;
    };

    test('makes one account, for keys alone, with sudo, and no other', async () => {
      expect(await out('cut -d: -f1 /etc/passwd | grep -Ec "^(debian|ubuntu|admin)$"')).toBe('0');
      expect(await out('getent passwd dev')).toBe('dev:x:1000:1000::/home/dev:/bin/bash');
      // Before Docker is there, so that who logs in until then can use it.
      expect(await out('id -Gn dev')).toBe('dev docker');
      expect(await out('getent shadow dev | cut -d: -f2')).toBe('*');
      expect(await out('setpriv --reuid dev --regid dev --init-groups sudo -n id -u')).toBe('0');
      expect(await out('hostname; cat /etc/hostname')).toBe('mybox\nmybox');
      expect(await out('grep -c mybox /etc/hosts')).not.toBe('0');
    });

    test('leaves the host key that we made, and none of the image', async () => {
      expect(await out('ls /etc/ssh/ | grep -x "ssh_host_.*_key"')).toBe('ssh_host_ed25519_key');
      expect(await out('ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key')).toBe(the().box.hostKey.publicKey);
      expect(await out('stat -c %a /etc/ssh/ssh_host_ed25519_key')).toBe('600');
    });

    test('writes every file and unit as it is, before sshd, and begins with the home', async () => {
      const value = userDataValue(the().box, traits());
      for (const { path, permissions } of value.write_files)
        expect(await out(`stat -c '0%a %U' ${path}`)).toBe(`${permissions} root`);
      expect(await out('cat /var/log/systemctl.log')).toMatch(
        /^daemon-reload\nstart --no-block shellbox-home.service$/m,
      );
      const units =
        '/etc/systemd/system/shellbox-home.service /etc/systemd/system/shellbox-home.timer /etc/systemd/system/shellbox-setup.service';
      expect(await run(`systemd-analyze verify ${units}`)).toMatchObject({ status: 0, err: '' });
      expect(await out('cat /etc/systemd/system/ssh.service.d/shellbox.conf')).toMatch(
        /^After=shellbox-home.service$/m,
      );
      expect(await out('. /etc/shellbox/machine; echo $HOME_DEVICE')).toBe(the().disk.device);
    });

    test('before its home is there nobody is let in but workers, who see why', async () => {
      expect(await codeOf(logIn(person))).toBe('unavailable');
      expect((await inside.facts(the().at, within())).home).toBeNull();
      await run('/usr/local/lib/shellbox/mount-home /dev/none 0');
      expect(await codeOf(logIn(person))).toBe('unavailable');
      await run('. /etc/shellbox/machine; /usr/local/lib/shellbox/mount-home $HOME_DEVICE');
      expect(await logIn(person)).toBe('dev\n');
    });

    test('its sshd takes keys alone, of dev alone, and shows one host key', async () => {
      const said = await out('/usr/sbin/sshd -T');
      for (const line of [
        'passwordauthentication no',
        'kbdinteractiveauthentication no',
        'permitrootlogin no',
        'allowusers dev',
        'usepam no',
        'x11forwarding no',
        'authenticationmethods publickey',
        'hostkey /etc/ssh/ssh_host_ed25519_key',
      ])
        expect(said.split('\n')).toContain(line);
      expect(said.match(/^hostkey /gm)?.length).toBe(1);
      expect(await logIn(person, 'echo $LANG; pwd; ls -A | grep -x .profile')).toBe('C.UTF-8\n/home/dev\n.profile\n');
    });

    test('facts become what a provider is asked for', async () => {
      const facts = await inside.facts(the().at, within());
      const seen = observation(facts);
      expect(seen).toMatchObject({
        startedAtMs: facts.bootTimeMs,
        cpuMs: facts.cpuMs,
        trafficBytes: undefined,
      });
      expect(new Set(seen.processes.map(({ key }) => key)).size).toBe(facts.processes.length);
      expect(measurement(facts)).toMatchObject({
        homeUsedBytes: facts.home?.usedBytes,
        rootUsedBytes: undefined,
        figures: { load: facts.load[0], memory: { totalBytes: facts.memory.totalBytes } },
      });
      expect(facts.home?.usedBytes).toBeGreaterThan(0);
    });

    test('workers change whose keys open it and how it greets, and take the keys away', async () => {
      const other = makeHostKey();
      const greeting = greetingText({ name: 'mybox', stopNote: 'stops at 18:00 – ✓' });
      await inside.configure(the().at, { authorizedKeys: [other.publicKey], greeting }, within());
      expect(await logIn(other, 'cat /etc/shellbox/greeting')).toBe(greeting);
      expect(await codeOf(logIn(person))).toBe('unavailable');
      await inside.forgetKeys(the().at, within());
      expect(await codeOf(logIn(other))).toBe('unavailable');
      const twoLines = { authorizedKeys: [`${other.publicKey}\n${other.publicKey}`], greeting };
      expect(await codeOf(inside.configure(the().at, twoLines, within()))).toBe('invalid');
      await inside.configure(the().at, { authorizedKeys: [person.publicKey], greeting }, within());
      expect(await logIn(person)).toBe('dev\n');
    });

    test('the home is frozen while workers do something, and not after', async () => {
      const isFrozen = async () => (await run('fsfreeze --freeze /home/dev')).status !== 0;
      expect(await inside.frozen(the().at, 30, isFrozen, within())).toBe(true);
      expect(await isFrozen()).toBe(false);
      await run('fsfreeze --unfreeze /home/dev');
      const failing = inside.frozen(the().at, 30, () => Promise.reject(new ProviderError('quota', 'no')), within());
      expect(await codeOf(failing)).toBe('quota');
      const late = inside.frozen(the().at, 30, () => run('fsfreeze --unfreeze /home/dev'), within());
      expect(await codeOf(late)).toBe('invalid');
      const gone = new AbortController();
      const given = inside.frozen(the().at, 30, async () => gone.abort(), gone.signal);
      expect(await codeOf(given)).toBe('timeout');
      await run('touch /home/dev/still-works');
    });

    test('the set-up installs tools and runs the operator’s script, once; its state and log are seen', async () => {
      expect(await inside.setupState(the().at, within())).toBe('unknown');
      expect(await inside.setupLog(the().at, 10, within())).toBe('');
      for (const program of ['apt-get', 'dpkg'])
        await the().machine.write(`/usr/local/sbin/${program}`, `#!/bin/sh\necho "${program} $*"\n`, 0o755);
      const script = '/usr/local/lib/shellbox/operator-setup';
      await the().machine.write(script, '#!/bin/sh\necho "for $SHELLBOX_USER"\nexit 3\n', 0o700);
      expect(await run('/usr/local/lib/shellbox/setup')).toMatchObject({ status: 3 });
      expect(await inside.setupState(the().at, within())).toBe('failed');
      await the().machine.write(script, '#!/bin/sh\necho "again for $SHELLBOX_USER"\n', 0o700);
      expect(await run('/usr/local/lib/shellbox/setup')).toMatchObject({ status: 0 });
      expect(await inside.setupState(the().at, within())).toBe('ready');
      const log = await inside.setupLog(the().at, 100, within());
      expect(log).toMatch(/apt-get .* install --no-install-recommends docker.io .*\n.*\nfor dev\n/);
      expect(await inside.setupLog(the().at, 1, within())).toBe('again for dev\n');
      await run('/usr/local/lib/shellbox/setup');
      expect(await inside.setupLog(the().at, 100, within())).toBe(log);
    });

    test('a box whose programs were changed is not believed, and cannot answer without end', async () => {
      const facts = (text: string) => the().machine.write('/usr/local/lib/shellbox/facts', text, 0o755);
      await facts('#!/bin/sh\nyes\n');
      await expect(inside.facts(the().at, within())).rejects.toMatchObject({ code: 'invalid', message: /256 KiB/ });
      await facts('#!/bin/sh\nyes >&2\n');
      await expect(inside.facts(the().at, within())).rejects.toMatchObject({ code: 'invalid', message: /256 KiB/ });
      await facts('#!/bin/sh\necho \'{"bootTimeMs":-1}\'\n');
      expect(await codeOf(inside.facts(the().at, within()))).toBe('invalid');
      await facts('#!/bin/sh\necho "not today" >&2; exit 1\n');
      await expect(inside.facts(the().at, within())).rejects.toMatchObject({
        code: 'invalid',
        cause: { message: 'status 1: not today\n' },
      });
    });
  },
);
