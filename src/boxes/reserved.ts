// Words that cannot be box names, because they are commands, aliases, or names a machine already uses.

/** Command words of this release and of those that follow, so that a box made today is never shadowed by a later command. */
export const COMMAND_WORDS: ReadonlySet<string> = new Set([
  ...[
    'spinup',
    'spin',
    'create',
    'provision',
    'start',
    'stop',
    'destroy',
    'rm',
    'list',
    'ls',
    'info',
    'status',
    'logs',
  ],
  ...['connect', 'ssh', 'keys', 'ssh-config', 'sizes', 'whoami', 'confirm', 'help', 'version', 'link', 'unlink'],
  ...[
    'extend',
    'hold',
    'why',
    'set',
    'notify',
    'undestroy',
    'usage',
    'forget',
    'exec',
    'restart',
    'snapshot',
    'cancel',
  ],
  ...['shellbox', 'root', 'dev', 'admin', 'git'],
]);
