// By which doors somebody new can get in, and what they type there first.

import { COMMAND_USER } from '../bots/ssh/services.ts';
import { sshLine } from '../boxes/card.ts';
import type { Joining } from '../config/chat-doors.ts';
import type { Config } from '../config.ts';

export interface WayIn {
  /** The variable that says who. */
  variable: string;
  isOpen: boolean;
  /** Nobody is asked who they are. */
  isForAll: boolean;
  /** How a command is given there. */
  typed(command: string): string;
}

type Known = Pick<Config, 'ssh' | 'slack' | 'discord' | 'email' | 'signUp'>;

/** Of the doors that are on, the SSH door first. */
export function waysIn({ ssh, slack, discord, email, signUp }: Known): [WayIn, ...WayIn[]] {
  const { host, port } = ssh.reached;
  const way = (variable: string, rule: Joining, typed: WayIn['typed']): WayIn => ({
    variable,
    isOpen: rule !== 'closed',
    isForAll: rule === 'open',
    typed,
  });
  const chat = (name: string) => (command: string) => `/shellbox ${command}   (in ${name})`;
  return [
    way('SSH_SIGNUP', signUp.ssh, (command) => `${sshLine({ user: COMMAND_USER, host, port })} ${command}`),
    ...(slack === undefined ? [] : [way('SLACK_SIGNUP', signUp.slack, chat('Slack'))]),
    ...(discord === undefined ? [] : [way('DISCORD_SIGNUP', signUp.discord, chat('Discord'))]),
    ...(email === undefined
      ? []
      : [
          way('EMAIL_SIGNUP', signUp.email, (command) => `${command}   (as the subject of a mail to ${email.address})`),
        ]),
  ];
}

/** What the operator of doors that let nobody in can do. */
export function howToOpen(known: Known): string {
  const others = waysIn(known).flatMap(({ variable }) => (variable === 'SSH_SIGNUP' ? [] : [` or ${variable}`]));
  return `set SSH_SIGNUP=open${others.join('')}, or name yourself in SHELLBOX_ADMINS`;
}
