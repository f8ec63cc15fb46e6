// What a new machine is told at its first boot, as a value: the account, the host key, the files, and the commands that begin it all.
import { gzipSync } from 'node:zlib';
import { BOX_USER } from '../box-system.ts';
import type { MachineFile } from './machine-files.ts';

interface CloudUser {
  name: string;
  uid: number;
  gecos: string;
  groups: string;
  homedir: string;
  no_create_home: boolean;
  shell: string;
  sudo: string;
  lock_passwd: boolean;
  passwd: string;
}

interface CloudFile {
  path: string;
  owner: string;
  permissions: string;
  encoding: 'gz+b64';
  content: string;
}

/** The part of cloud-init's language that is used here (https://cloudinit.readthedocs.io/en/latest/reference/modules.html). */
export interface CloudConfig {
  hostname: string;
  preserve_hostname: boolean;
  manage_etc_hosts: 'localhost';
  users: CloudUser[];
  disable_root: boolean;
  allow_public_ssh_keys: boolean;
  ssh_pwauth: boolean;
  ssh_deletekeys: boolean;
  ssh_keys: { ed25519_private: string; ed25519_public: string };
  package_update: boolean;
  package_upgrade: boolean;
  bootcmd: string[][];
  write_files: CloudFile[];
}

export interface CloudConfigParts {
  hostname: string;
  hostKey: { privateKey: string; publicKey: string };
  files: readonly MachineFile[];
  /** systemd's: path below its folder, and text. */
  units: Readonly<Record<string, string>>;
}

/**
 * The home has to be there before sshd serves, and at the first boot nothing of ours is on the disk yet: bootcmd comes first of all, while the
 * jobs of this boot wait for cloud-init, and what it adds to them they wait for as well. The home then waits until the files are written.
 */
const BEGIN = [
  // As Docker's own package would make it, before the account joins it; cloud-init's would take the account's number.
  'set -e; groupadd --system --force docker; cd /etc/systemd/system',
  'while [ $# -gt 0 ]; do mkdir -p "$(dirname "$1")"; printf %s "$2" >"$1"; shift 2; done',
  'systemctl daemon-reload; systemctl start --no-block shellbox-home.service',
].join('; ');

export function cloudConfig({ hostname, hostKey, files, units }: CloudConfigParts): CloudConfig {
  return {
    hostname,
    preserve_hostname: false,
    manage_etc_hosts: 'localhost',
    // Without `default` among them, the image's own account is not made.
    users: [
      {
        name: BOX_USER.name,
        uid: BOX_USER.uid,
        gecos: '',
        // A log-in keeps the groups that it began with, and some are there before Docker is: the workers' stay for as long as they look.
        groups: 'docker',
        homedir: `/home/${BOX_USER.name}`,
        // Its home is mounted and filled by `mount-home`.
        no_create_home: true,
        shell: '/bin/bash',
        sudo: 'ALL=(ALL:ALL) NOPASSWD: ALL',
        // A password of '*' matches nothing and still counts as an account in use; a lock ('!') would lock key log-in out too.
        lock_passwd: false,
        passwd: '*',
      },
    ],
    disable_root: true,
    // Keys of the vendor's account are nobody's here.
    allow_public_ssh_keys: false,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    // With keys given, no others are made.
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    // What takes long is shellbox-setup's, which the home brings with it; people can log in meanwhile.
    package_update: false,
    package_upgrade: false,
    bootcmd: [
      ['cloud-init-per', 'instance', 'shellbox', 'sh', '-c', BEGIN, 'shellbox', ...Object.entries(units).flat()],
    ],
    write_files: files.map(writtenFile),
  };
}

/** Packed, so that it fits; and so that nothing that people wrote is in the document as text. cloud-init unpacks it. */
function writtenFile({ path, mode, content }: MachineFile): CloudFile {
  return {
    path,
    owner: 'root:root',
    permissions: `0${mode.toString(8)}`,
    encoding: 'gz+b64',
    content: gzipSync(content, { level: 9 }).toString('base64'),
  };
}
