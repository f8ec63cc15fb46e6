// ssh-config: Host blocks for OpenSSH, so that ssh, scp, rsync and VS Code find a person's boxes by name.
import type { Account } from '../accounts/account.ts';
import { type Gateway, knownHostsLine } from '../boxes/card.ts';
import { type Box, liveBoxes } from '../store/boxes.ts';
import { code, command, fail, say } from '../threads/reply.ts';
import { defineCommand } from './command.ts';

export const sshConfig = defineCommand({
  name: 'ssh-config',
  aliases: [],
  summary: 'Host blocks for ~/.ssh/config',
  details:
    'For VS Code, rsync and agent forwarding. The host keys are in the blocks, so nothing is asked at the first connection.',
  examples: ['ssh-config'],
  params: {},
  visibility: 'private',
  audience: 'account',
  readOnly: true,
  async run(context) {
    const boxes = await liveBoxes(context.tx, (context.account as Account).id);
    if (boxes.length === 0)
      return { kind: 'reply', reply: fail('You have no boxes yet. To make one:', command('spinup mybox')) };
    const { gateway } = context.house;
    return { kind: 'reply', reply: say(code([jumpBlock(gateway), ...boxes.map(boxBlock)].join('\n\n'))) };
  },
});

/** The name under which the door stands in the file; box names cannot hold it. */
const JUMP = 'shellbox';

/** ssh_config(5): KnownHostsCommand pins a key in place, so that the file alone is enough (OpenSSH 8.5 and later). */
function pinned(line: string): string[] {
  return [`  KnownHostsCommand /bin/echo ${line}`, '  StrictHostKeyChecking yes'];
}

function jumpBlock(gateway: Gateway): string {
  return [
    `Host ${JUMP}`,
    `  HostName ${gateway.host}`,
    `  Port ${gateway.port}`,
    '  User shellbox',
    ...pinned(knownHostsLine(gateway)),
  ].join('\n');
}

function boxBlock(box: Box): string {
  const line = knownHostsLine({ host: box.name, port: 22, hostKey: box.hostPublicKey });
  return [`Host ${box.name}`, `  HostName ${box.name}`, '  User dev', `  ProxyJump ${JUMP}`, ...pinned(line)].join(
    '\n',
  );
}
