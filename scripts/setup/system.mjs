// System packages: which programs are missing, which Debian packages have them, and their installation as root.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
const NEEDED_BY_TESTS = {
  sshd: 'openssh-server',
  rsync: 'rsync',
  curl: 'curl',
  script: 'bsdutils',
  ip: 'iproute2',
  nft: 'nftables',
  postfix: 'postfix',
  swaks: 'swaks',
  neomutt: 'neomutt',
  'docker-compose': 'docker-compose',
  'systemd-analyze': 'systemd',
  'cloud-init': 'cloud-init',
  sudo: 'sudo',
};

export function missingSystemPackages(forTests) {
  const programs = {
    ...NEEDED,
    ...(hasAppArmor() ? { apparmor_parser: 'apparmor' } : {}),
    ...(forTests ? NEEDED_BY_TESTS : {}),
  };
  const missing = Object.entries(programs).filter(
    ([program]) => !onPath(program) && !(program === 'dockerd' && process.env.DOCKER_HOST),
  );
  return [...new Set(missing.map(([, name]) => name))].sort();
}

/** Where the kernel uses AppArmor, Docker starts nothing without its parser. */
function hasAppArmor() {
  const file = '/sys/module/apparmor/parameters/enabled';
  return existsSync(file) && readFileSync(file, 'utf8').startsWith('Y');
}

/** The line that installs them by hand. */
export function systemCommand(packages) {
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

export async function installSystemPackages(packages) {
  if (packages.length === 0) return false;
  if (!onPath('apt-get'))
    throw new SetupError(
      `These packages are missing, by their Debian names: ${packages.join(' ')}.`,
      'Install them with this system’s package manager, and run this again.',
    );
  if (packages.includes('cloud-init')) keepFromRunning();
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const reach = 'Look at the lines above; is the Debian mirror reachable?';
  await mustRun('apt-get update', reach, 'apt-get', ['update'], options);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  await mustRun('apt-get install', reach, 'apt-get', install, options);
  return true;
}

/** Only its modules are wanted. Where it is not in use already, it is not to make this machine anew at the next boot. */
function keepFromRunning() {
  mkdirSync('/etc/cloud', { recursive: true });
  writeFileSync('/etc/cloud/cloud-init.disabled', 'Installed for the tests of Shellbox.\n');
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
