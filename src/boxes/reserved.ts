// Words that cannot be box names, because they are commands, aliases, or names a machine already uses.

/** Commands of later releases: reserved already, so that a box made today is never shadowed, and never taken for a slip of the pen. */
export const LATER_WORDS: ReadonlySet<string> = new Set(['cancel']);

export const COMMAND_WORDS: ReadonlySet<string> = new Set([
  ...[
    'spinup',
    'spin',
    'create',
    'provision',
    'start',
    'stop',
    'extend',
    'hold',
    'why',
    'destroy',
    'undestroy',
    'rm',
    'list',
    'ls',
    'info',
    'status',
    'logs',
    'exec',
    'restart',
    'snapshot',
  ],
  ...['connect', 'ssh', 'keys', 'ssh-config', 'sizes', 'whoami', 'confirm', 'help', 'version', 'link', 'unlink'],
  ...['usage', 'forget', 'set', 'notify', 'idle', 'wake', 'timezone', 'quiet'],
  ...LATER_WORDS,
  ...['shellbox', 'root', 'dev', 'admin', 'git'],
]);
