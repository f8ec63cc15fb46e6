// sshd's settings of a machine, made of those of Docker boxes: whoever logs in meets the same server.

/** What the image's own sshd_config says, and a second word would be refused, or is another's business in a machine. */
const LEFT_OUT: ReadonlySet<string> = new Set(['Port', 'PidFile', 'Subsystem', 'HostKey', 'AuthorizedKeysFile']);

const OWN = [
  'HostKey /etc/ssh/ssh_host_ed25519_key',
  // The person's keys are there while the home is (mount-home); the workers' always. As in Docker boxes, people may add keys in their home.
  'AuthorizedKeysFile /run/shellbox/authorized_keys /etc/shellbox/control_keys .ssh/authorized_keys',
  'Banner /run/shellbox/notice',
];

export function sshdSettings(ofDockerBoxes: string): string {
  const same = ofDockerBoxes
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line) && !LEFT_OUT.has(line.split(' ', 1)[0] ?? ''));
  return `${[...OWN, ...same].join('\n')}\n`;
}
