// System packages: which programs are missing, which Debian packages have them, and their installation as root.
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, SetupError } from './steps.mjs';

/** Program → Debian package. */
const NEEDED = {
  'redis-server': 'redis-server',
  dockerd: 'docker.io',
  iptables: 'iptables',
  debootstrap: 'debootstrap',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  'mkfs.ext4': 'e2fsprogs',
  losetup: 'mount',
  useradd: 'passwd',
  flock: 'util-linux',
};
const NEEDED_BY_TESTS = { sshd: 'openssh-server', rsync: 'rsync', curl: 'curl', script: 'bsdutils', ip: 'iproute2' };

export function missingSystemPackages(forTests) {
  const programs = { ...NEEDED, ...(forTests ? NEEDED_BY_TESTS : {}) };
  const missing = Object.entries(programs).filter(
    ([program]) => !onPath(program) && !(program === 'dockerd' && process.env.DOCKER_HOST),
  );
  return [...new Set(missing.map(([, name]) => name))].sort();
}

export async function installSystemPackages(packages) {
  const line = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid() !== 0)
    throw new SetupError(`These packages are missing: ${packages.join(' ')}.`, `As root: ${line}`);
  if (!onPath('apt-get'))
    throw new SetupError(
      `These programs' packages are missing, by their Debian names: ${packages.join(' ')}.`,
      'Install them with this system’s package manager and run this again.',
    );
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  await mustRun('apt-get update', 'Look at the lines above.', 'apt-get', ['update'], options);
  await mustRun(
    'apt-get install',
    'Look at the lines above.',
    'apt-get',
    ['install', '-y', '--no-install-recommends', ...packages],
    options,
  );
}

function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path) {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
