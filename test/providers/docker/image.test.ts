// The image of a box, seen from outside: what it holds, who gets in, what it says, and when it is built again.
import { randomUUID } from 'node:crypto';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { BOX_FROM_ENV, ensureBoxImage } from '../../../src/providers/docker/image.ts';
import { aptBuildArgs } from '../../../src/providers/docker/image-apt.ts';
import { REGISTRY_BASE } from '../../../src/providers/docker/image-base.ts';
import { RECIPE_DIR, RECIPE_LABEL, readRecipe } from '../../../src/providers/docker/image-recipe.ts';
import { BOX_PATHS, greetingText } from '../../../src/providers/shared/box-system.ts';
import {
  type BoxOptions,
  docker,
  engineAnswers,
  IMAGE,
  type Key,
  makeKeyRing,
  printedInImage,
  put,
  run,
  sshOptions,
  sshPort,
  startBox,
} from './image-box.ts';

const withEngine = await engineAnswers();
const never = new AbortController().signal;
/** Debian's own address, which the recipe makes of the distribution's name. */
const MIRROR = ['deb', 'debian', 'org'].join('.');

const BUILD_TIMEOUT_MS = 15 * 60_000;

const unlessGone = (error: unknown) => {
  if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 404)) throw error;
};

/** Makes steps wait for one another, so that a failed one does not keep the rest from being done. */
const inTurn = () => {
  let last: Promise<unknown> = Promise.resolve();
  return (step: () => Promise<unknown>) => {
    const mine = last.then(step);
    last = mine.catch(() => undefined);
    return mine;
  };
};

const ensure = (tag: string, recipeDir?: string, progress: string[] = []) =>
  ensureBoxImage({
    docker,
    tag,
    onProgress: (line) => progress.push(line),
    signal: never,
    ...(recipeDir === undefined ? {} : { recipeDir }),
  });

describe.skipIf(!withEngine)('the box image (needs a Docker engine)', () => {
  let ring: Awaited<ReturnType<typeof makeKeyRing>>;
  let hostKey: Key;
  let userKey: Key;
  const undo: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    await ensure(IMAGE);
    ring = await makeKeyRing();
    hostKey = await ring.make('host');
    userKey = await ring.make('user');
  }, BUILD_TIMEOUT_MS);

  afterEach(async () => {
    const done = await Promise.allSettled(undo.splice(0).reverse().map(inTurn()));
    expect(done.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  afterAll(() => ring.remove());

  const home = () => {
    const volume = `shellbox-image-test-${randomUUID()}`;
    undo.push(() => docker.getVolume(volume).remove());
    return volume;
  };

  /** A running box; its container is removed after the test. */
  const box = async (options: Partial<BoxOptions> = {}) => {
    const volume = options.volume ?? home();
    const container = await startBox({ sudo: true, hostKey, authorizedKeys: [userKey], ...options, volume });
    undo.push(() => container.remove({ force: true }).catch(unlessGone));
    return container;
  };

  /** Runs the real ssh against a box: `argv` before the destination, `command` after it. */
  const reach = async (
    container: Awaited<ReturnType<typeof box>>,
    { as = 'dev', key = userKey, host = hostKey } = {},
  ) => {
    const port = await sshPort(container);
    const options = sshOptions(key, await ring.knownHosts(port, host));
    return {
      port,
      options,
      ssh: (command: readonly string[], argv: readonly string[] = [], input = '') =>
        run('ssh', [...options, ...argv, '-p', String(port), `${as}@127.0.0.1`, ...command], input),
    };
  };

  describe('what it holds', () => {
    test('its label is the fingerprint of the recipe', async () => {
      const { Config } = await docker.getImage(IMAGE).inspect();
      const { fingerprints } = await readRecipe(RECIPE_DIR);
      expect(Object.values(fingerprints)).toContain(Config.Labels[RECIPE_LABEL]);
    });

    test('built by hand, it stands on the same base from a registry', async () => {
      expect(await readFile(join(RECIPE_DIR, 'Dockerfile'), 'utf8')).toContain(`\nARG BASE=${REGISTRY_BASE}\n`);
    });

    test('no private key, no host key, no password is in it', async () => {
      const found = await printedInImage(
        'grep -rl "PRIVATE KEY" /etc /home /root /run /opt /srv /tmp /var; find / -xdev -name "ssh_host_*"; ' +
          'cut -d: -f1,2 /etc/shadow | grep -v -E "^[^:]*:[*!]+$"; echo end',
      );
      expect(found).toBe('end\n');
    });

    test('apt in it has the ordinary sources of Debian and nothing of the machine that built it', async () => {
      const printed = await printedInImage(
        'cat /etc/apt/sources.list.d/* /etc/apt/sources.list 2>/dev/null | grep ^URIs; ' +
          'apt-config dump | grep -i -E "proxy|check-date|check-valid"; ls /var/lib/apt/lists; cat /etc/hostname >/dev/null; echo end',
      );
      expect(printed).toBe(`URIs: http://${MIRROR}/debian\nURIs: http://${MIRROR}/debian-security\npartial\nend\n`);
      const history: unknown[] = await docker.getImage(IMAGE).history();
      expect(JSON.stringify(history)).not.toMatch(/_proxy/i);
    });

    test('the tools that people expect are there', async () => {
      const tools = 'sshd sudo git curl tmux vim htop unzip rsync gcc make ps ip less scp'.split(' ');
      const printed = await printedInImage(
        `for t in ${tools.join(' ')}; do command -v "$t" >/dev/null || echo "no $t"; done; echo end`,
      );
      expect(printed).toBe('end\n');
    });

    test('sshd allows nobody but dev, with a public key only', async () => {
      const printed = await printedInImage(
        `ssh-keygen -q -t ed25519 -N "" -f ${BOX_PATHS.hostKey.path} && mkdir -p /run/sshd && /usr/sbin/sshd -T`,
      );
      const lines = printed.trim().split('\n');
      expect(lines).toEqual(
        expect.arrayContaining([
          'authenticationmethods publickey',
          'passwordauthentication no',
          'kbdinteractiveauthentication no',
          'permitemptypasswords no',
          'hostbasedauthentication no',
          'permitrootlogin no',
          'allowusers dev',
          'x11forwarding no',
          'allowtcpforwarding yes',
          'permituserenvironment no',
          'usedns no',
          `authorizedkeysfile ${BOX_PATHS.authorizedKeys.path} .ssh/authorized_keys`,
        ]),
      );
      expect(lines.filter((line) => line.startsWith('hostkey '))).toEqual([`hostkey ${BOX_PATHS.hostKey.path}`]);
    });
  });

  describe('who gets in', () => {
    test('the listed key does, on the host key that was put there', async () => {
      const { ssh } = await reach(await box());
      expect(await ssh(['id -un; exit 7'])).toMatchObject({ status: 7, stdout: 'dev\n', stderr: '' });
    });

    test('another key, a password and root do not', async () => {
      const container = await box();
      const stranger = await reach(container, { key: await ring.make(`stranger-${randomUUID()}`) });
      const denied = { status: 255, stdout: '', stderr: expect.stringContaining('Permission denied (publickey)') };
      expect(await stranger.ssh(['id'])).toMatchObject(denied);
      const passwords = ['-o', 'PreferredAuthentications=password,keyboard-interactive', '-o', 'BatchMode=yes'];
      expect(await stranger.ssh(['id'], passwords)).toMatchObject(denied);
      const root = await reach(container, { as: 'root' });
      expect(await root.ssh(['id'])).toMatchObject(denied);
    });

    test('a client that expects another host key turns away', async () => {
      const { ssh } = await reach(await box(), { host: userKey });
      const ran = await ssh(['id']);
      expect(ran.status).toBe(255);
      expect(ran.stderr).toContain('Host key verification failed');
    });

    test('a key put in later works at once, and one taken out is refused', async () => {
      const container = await box({ authorizedKeys: [] });
      const { ssh } = await reach(container);
      expect((await ssh(['true'])).status).toBe(255);
      await put(container, BOX_PATHS.authorizedKeys, `${userKey.publicKey}\n`);
      expect((await ssh(['true'])).status).toBe(0);
      await put(container, BOX_PATHS.authorizedKeys, '');
      expect((await ssh(['true'])).status).toBe(255);
    });

    test('files travel by scp in both of its protocols', async () => {
      const { options, port, ssh } = await reach(await box());
      const file = join(ring.dir, 'file');
      await writeFile(file, 'content\n');
      for (const protocol of [[], ['-O']]) {
        const copied = await run('scp', [...protocol, ...options, '-P', String(port), file, 'dev@127.0.0.1:copy']);
        expect(copied).toMatchObject({ status: 0, stderr: '' });
        expect((await ssh(['cat copy; rm copy'])).stdout).toBe('content\n');
      }
    });

    test('a connection can be made from inside the box, as a gateway does', async () => {
      const { ssh } = await reach(await box());
      expect((await ssh([], ['-W', 'localhost:22'])).stdout).toMatch(/^SSH-2\.0-/);
    });

    test('a box without its host key says so and ends with 78', async () => {
      const volume = home();
      const container = await startBox({ volume, sudo: true });
      undo.push(() => container.remove({ force: true }));
      expect(await container.wait()).toEqual({ Error: null, StatusCode: 78 });
      expect((await container.logs({ stderr: true })).toString()).toContain(`no host key at ${BOX_PATHS.hostKey.path}`);
    });
  });

  describe('sudo', () => {
    test('works without a password where it is given', async () => {
      const { ssh } = await reach(await box({ sudo: true }));
      expect(await ssh(['sudo -n id -u'])).toMatchObject({ status: 0, stdout: '0\n', stderr: '' });
    });

    test('is not there where it is not, whatever the box tries', async () => {
      const { ssh } = await reach(await box({ sudo: false }));
      const ran = await ssh([
        'sudo -n id -u; su -c id </dev/null; grep NoNewPrivs /proc/self/status; ls /etc/sudoers.d',
      ]);
      expect(ran.stdout).toBe('NoNewPrivs:\t1\nREADME\n');
    });
  });

  describe('the greeting', () => {
    const login = ['-tt'];

    test('says name, stop, room and the log-in before, at log-in only', async () => {
      const { ssh } = await reach(await box());
      expect(await ssh(['true'])).toMatchObject({ stdout: '' });
      const first = (await ssh([], login, 'exit\n')).stdout;
      expect(first).toContain('testbox');
      expect(first).toContain('stops after 60 idle minutes');
      expect(first).toMatch(/[\d.]+ GiB of \d+ GiB free in home · first log-in/);
      const second = (await ssh([], login, 'exit\n')).stdout;
      expect(second).toMatch(/last log-in \w{3} \d+ \w{3} \d\d:\d\d UTC from [\da-f.:]+/);
    });

    test('follows the facts that are put in later, and shows no control characters of theirs', async () => {
      const container = await box();
      const { ssh } = await reach(container);
      const text = greetingText({
        name: 'renamed',
        stopNote: 'never stops\u001b[31m $(id)',
        timeZone: 'Europe/Berlin',
      });
      await put(container, BOX_PATHS.greeting, `${text}\u001b]0;evil\u0007\n`);
      const { stdout } = await ssh([], ['-tt', '-o', 'SetEnv=NO_COLOR=1'], 'exit\n');
      expect(stdout).toContain('renamed · never stops [31m $(id)');
      expect(stdout).not.toContain('evil');
    });

    test('names the address that a gateway tells', async () => {
      const { ssh } = await reach(await box());
      await ssh([], [...login, '-o', `SetEnv=${BOX_FROM_ENV}=198.51.100.7`], 'exit\n');
      expect((await ssh([], login, 'exit\n')).stdout).toContain('from 198.51.100.7');
    });

    test('is quiet for who asked for quiet', async () => {
      const { ssh } = await reach(await box());
      await ssh(['touch .hushlogin']);
      expect((await ssh([], login, 'exit\n')).stdout).not.toContain('free in home');
    });
  });

  describe('home and the rest over a life', () => {
    test('a new home is filled from the skeleton and belongs to dev', async () => {
      const { ssh } = await reach(await box());
      expect((await ssh(['stat -c "%U %a" . .bashrc'])).stdout).toBe('dev 755\ndev 644\n');
    });

    test('so is the bare root of a new file system, and an empty folder that is dev’s already', async () => {
      for (const prepare of ['mkdir /mnt/lost+found', 'chown 1000:1000 /mnt']) {
        const volume = home();
        await printedInImage(prepare, [{ Type: 'volume', Source: volume, Target: '/mnt' }]);
        const { ssh } = await reach(await box({ volume }));
        expect((await ssh(['stat -c %U . .profile'])).stdout).toBe('dev\ndev\n');
      }
    });

    test('a home in use survives another container byte for byte, its own settings too', async () => {
      const volume = home();
      const first = await box({ volume });
      const before = await reach(first);
      await before.ssh(['echo mine > .bashrc; rm .profile; head -c 100000 /dev/urandom > data; chmod 700 .']);
      const look = 'sha256sum data .bashrc; stat -c %a .; ls -A';
      const seen = (await before.ssh([look])).stdout;
      expect(seen).not.toContain('.profile');
      await first.remove({ force: true });
      const after = await reach(await box({ volume }));
      expect((await after.ssh([look])).stdout).toBe(seen);
    });

    test('a stop is quick and clean, ends /tmp and keeps home', async () => {
      const container = await box();
      const { ssh } = await reach(container);
      await ssh(['touch kept /tmp/gone']);
      await container.stop({ t: 8 });
      const { State } = await container.inspect();
      expect(State.ExitCode).not.toBe(137);
      await container.start();
      const again = await reach(container);
      expect((await again.ssh(['ls -d kept /tmp/gone'])).stdout).toBe('kept\n');
    });
  });

  describe('when it is built', () => {
    const ownTag = () => {
      const tag = `shellbox-image-test:${randomUUID()}`;
      undo.push(() => docker.getImage(tag).remove({ force: true }));
      return tag;
    };

    /** The recipe without its packages, which would be installed anew for each test; nobody else has the same one. */
    const ownRecipe = async (lastStep = 'COPY greeting /greeting') => {
      const dir = await mkdtemp(join(tmpdir(), 'shellbox-recipe-'));
      undo.push(() => rm(dir, { recursive: true, force: true }));
      await cp(RECIPE_DIR, dir, { recursive: true });
      await writeFile(join(dir, 'Dockerfile'), `ARG BASE\nFROM $BASE\n${lastStep}\n`);
      await appendFile(join(dir, 'greeting'), `# ${randomUUID()}\n`);
      return dir;
    };

    test('a current image is left alone, without a word', async () => {
      const progress: string[] = [];
      const { Id } = await docker.getImage(IMAGE).inspect();
      expect(await ensure(IMAGE, undefined, progress)).toEqual({ id: Id, built: false });
      expect(progress).toEqual([]);
    });

    test('a changed recipe builds it again and leaves no image without a name', {
      timeout: BUILD_TIMEOUT_MS,
    }, async () => {
      const tag = ownTag();
      const dir = await ownRecipe();
      const first = await ensure(tag, dir);
      expect(first.built).toBe(true);
      expect(await ensure(tag, dir)).toEqual({ id: first.id, built: false });
      await appendFile(join(dir, 'greeting'), '# changed\n');
      const progress: string[] = [];
      const second = await ensure(tag, dir, progress);
      expect(second).toMatchObject({ built: true });
      expect(second.id).not.toBe(first.id);
      expect(progress.at(-1)).toMatch(/^box image shellbox-image-test:\S+, \d+ MB {2}[\d.]+ s$/);
      await expect(docker.getImage(first.id).inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    test('of two at the same moment one builds and both have the image', { timeout: BUILD_TIMEOUT_MS }, async () => {
      const tag = ownTag();
      const dir = await ownRecipe();
      const both = await Promise.all([ensure(tag, dir), ensure(tag, dir)]);
      expect(both.map(({ built }) => built).sort()).toEqual([false, true]);
      expect(both[0].id).toBe(both[1].id);
      const nameless = { dangling: ['true'], label: [`shellbox.image=${tag}`] };
      expect(await docker.listImages({ filters: JSON.stringify(nameless) })).toEqual([]);
    });

    test('a recipe that fails says so, with what to do, and names no image', {
      timeout: BUILD_TIMEOUT_MS,
    }, async () => {
      const tag = `shellbox-image-test:${randomUUID()}`;
      const dir = await ownRecipe('RUN echo the reason; exit 3');
      await expect(ensure(tag, dir)).rejects.toMatchObject({
        code: 'image_build_failed',
        remedy: expect.any(String),
        cause: expect.objectContaining({ message: expect.stringContaining('the reason') }),
      });
      await expect(docker.getImage(tag).inspect()).rejects.toMatchObject({ statusCode: 404 });
    });

    test('an abort ends it', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      const tag = `shellbox-image-test:${randomUUID()}`;
      const options = { docker, tag, onProgress: () => {}, signal, recipeDir: await ownRecipe() };
      await expect(ensureBoxImage(options)).rejects.toThrow('enough');
    });
  });
});

describe('what the build takes over from the host’s apt', () => {
  test('is its proxies and its checks of dates, as build arguments', () => {
    const dump = [
      'Acquire "";',
      'Acquire::http::Proxy "http://127.0.0.1:3142";',
      'Acquire::https::Proxy "DIRECT";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::Retries "3; rm -rf /";',
      'Dir::Etc "etc/apt";',
    ].join('\n');
    expect(aptBuildArgs(dump)).toEqual({
      APT_OPTIONS: '-o Acquire::Check-Valid-Until=false',
      http_proxy: 'http://127.0.0.1:3142',
    });
  });

  test('is nothing where apt has no settings', () => {
    expect(aptBuildArgs('Acquire "";\n')).toEqual({});
  });
});
