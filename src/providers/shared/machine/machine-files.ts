// The files that a machine gets beside those of its image: the programs, sshd's settings, and what Docker boxes have as well.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BOX_PATHS } from '../box-system.ts';
import { sshdSettings } from './sshd-settings.ts';

export interface MachineFile {
  path: string;
  mode: number;
  content: string;
}

/** What differs from box to box. */
export interface MachineTexts {
  authorizedKeys: string;
  controlKeys: string;
  greeting: string;
  device: string;
  /** The operator's own program for new boxes; undefined where there is none. */
  setupScript: string | undefined;
}

/** Where programs are in the machine. */
export const PROGRAMS_DIR = '/usr/local/lib/shellbox';

const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url));
const SYSTEM = fileURLToPath(new URL('system/', import.meta.url));
const IMAGE = fileURLToPath(new URL('../../../../image/', import.meta.url));

/** systemd's units and drop-ins, by path below /etc/systemd/system. */
export function machineUnits(): Record<string, string> {
  const unit = (name: string): string => readFileSync(`${SYSTEM}${name}`, 'utf8');
  return {
    'shellbox-home.service': unit('shellbox-home.service'),
    'shellbox-home.timer': unit('shellbox-home.timer'),
    'shellbox-setup.service': unit('shellbox-setup.service'),
    'ssh.service.d/shellbox.conf': unit('ssh.conf'),
  };
}

export function machineFiles(texts: MachineTexts): MachineFile[] {
  const image = (name: string): string => readFileSync(`${IMAGE}${name}`, 'utf8');
  const program = (name: string, content: string): MachineFile => ({
    path: `${PROGRAMS_DIR}/${name}`,
    mode: 0o755,
    content,
  });
  const plain = (path: string, content: string): MachineFile => ({ path, mode: 0o644, content });
  return [
    ...readdirSync(PROGRAMS)
      .sort()
      .map((name) => program(name, readFileSync(`${PROGRAMS}${name}`, 'utf8'))),
    program('greeting', image('greeting')),
    { path: '/usr/local/bin/shellbox-hold', mode: 0o755, content: image('shellbox-hold') },
    plain('/etc/profile.d/shellbox-greeting.sh', image('greeting-profile.sh')),
    // The first that is read counts, and images bring settings of their own.
    plain('/etc/ssh/sshd_config.d/00-shellbox.conf', sshdSettings(image('sshd_config'))),
    plain('/etc/shellbox/machine', `HOME_DEVICE=${texts.device}\n`),
    plain('/etc/shellbox/control_keys', texts.controlKeys),
    plain(BOX_PATHS.authorizedKeys.path, texts.authorizedKeys),
    plain(BOX_PATHS.greeting.path, texts.greeting),
    // It may hold what only root is to read.
    ...(texts.setupScript === undefined
      ? []
      : [{ path: `${PROGRAMS_DIR}/operator-setup`, mode: 0o700, content: texts.setupScript }]),
  ];
}
