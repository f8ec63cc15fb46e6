// The verbs there are, in the order of the help.
import { TIER_NAMES } from '../boxes/sizes.ts';
import type { Verb } from './verb.ts';

const SEPARATE = 'Needs DATABASE_URL, migrated with "shellbox migrate", REDIS_URL and SHELLBOX_SECRET_KEY.';

export const VERBS: readonly Verb[] = [
  {
    name: 'setup',
    summary: 'ask for the configuration, and write .env',
    forms: ['', '--check'],
    flags: ['check'],
    details: [
      'Goes from door to door, says where each token is found, tries it, and keeps what is set already. Secrets',
      'are not shown. The file .env of this folder is written at the end, whole, readable for its owner alone.',
      '--check asks nothing: it tries what is set now, and its exit status is 1 when something has to be done.',
    ],
    load: async () => (await import('./setup.ts')).runSetup,
  },
  {
    name: 'start',
    summary: 'run everything in one process',
    forms: [''],
    details: [
      'Starts a private PostgreSQL and Redis in SHELLBOX_DATA_DIR, unless DATABASE_URL and REDIS_URL',
      'name others, then the doors, the worker and HTTP. Logs are JSON lines on standard error.',
      'SIGTERM and Ctrl-C stop it: nothing new is taken, running work gets up to 30 s.',
    ],
    load: async () => (await import('./start.ts')).runStart,
  },
  {
    name: 'bots',
    summary: 'run the doors alone',
    forms: [''],
    details: ['Takes commands and delivers replies; as many of them as you like.', SEPARATE],
    load: async () => (await import('./role.ts')).runBots,
  },
  {
    name: 'worker',
    summary: 'run the work on boxes alone',
    forms: [''],
    details: ['Makes, starts, stops and destroys boxes. Metrics and readiness are at METRICS_LISTEN.', SEPARATE],
    load: async () => (await import('./role.ts')).runWorker,
  },
  {
    name: 'migrate',
    summary: 'bring the database up to this release',
    forms: [''],
    details: [
      'Applies what is missing, each migration in one transaction; a second time it does nothing.',
      '"shellbox start" does it by itself; "bots" and "worker" do not.',
    ],
    load: async () => (await import('./migrate.ts')).runMigrate,
  },
  {
    name: 'doctor',
    summary: 'check everything, and say what to do',
    forms: ['', '--send-test email:<address>'],
    options: { 'send-test': 'email:<address>' },
    details: [
      'Looks at the configuration, the data directory, doors, database, Redis, provider and isolation.',
      '--send-test also sends one mail to that address, by the way on which answers go.',
      'Works beside a running "start"; without one it starts the embedded database for a moment.',
      'Exit status 1 when something has to be done.',
    ],
    load: async () => (await import('./doctor.ts')).runDoctor,
  },
  {
    name: 'account',
    summary: 'list people, set their tier, make operators',
    forms: ['list', 'show <who>', `tier <who> <${TIER_NAMES.join('|')}>`, 'admin <who> <on|off>'],
    details: [
      '<who> is a name or an id of "account list", or an identity as whoami prints it, such as ssh:SHA256:…',
      'Works beside a running "start"; without one it starts the embedded database for a moment.',
      'tier counts from the next command on; "shellbox start" shows how the first operator is made.',
    ],
    load: async () => (await import('./account.ts')).runAccount,
  },
  {
    name: 'backup',
    summary: 'write the database to a file',
    forms: ['', '<file>'],
    details: [
      'Everything that is in the database at one moment, while the service goes on. Without a name the file is',
      'shellbox-<time>.backup, here. It is gzip over lines of JSON, readable for its owner alone. The key of its',
      'stored secrets and the homes of boxes are not in it.',
    ],
    load: async () => (await import('./backup.ts')).runBackup,
  },
  {
    name: 'restore',
    summary: 'put a backup in the place of the database',
    forms: ['<file>', '<file> --yes', '<file> --as-copy'],
    flags: ['yes', 'as-copy'],
    details: [
      'Stop the service before. Asks whether this is the same installation, which goes on with its boxes after you',
      'have looked at what changed since ("shellbox quarantine"), or a copy beside it, which has the people and',
      'their keys, an id of its own, and no boxes. --yes says the same one, --as-copy a copy.',
      'What is in the database now is kept in a backup in the data directory. Nothing is changed unless all of it',
      'can be restored.',
    ],
    load: async () => (await import('./restore.ts')).runRestore,
  },
  {
    name: 'quarantine',
    summary: 'see what an older database differs in, end that',
    forms: ['', 'release'],
    details: [
      'After a restore, or when the database is older than the boxes, nothing is made, started, stopped or removed',
      'until somebody has looked and typed "release". Then boxes become what was seen of them, jobs from before',
      'are cancelled, and homes of destroyed boxes stay a week longer. Exit status 1 while there is a quarantine.',
    ],
    load: async () => (await import('./quarantine.ts')).runQuarantine,
  },
  {
    name: 'slack',
    summary: 'print the manifest of the Slack app',
    forms: ['manifest', 'manifest http'],
    details: [
      'Paste it at api.slack.com/apps, "Create New App", "From a manifest"; docs/slack.md goes on from there.',
      'Without "http" it is for Socket Mode, which needs no way from Slack to this machine; with it, Slack posts to',
      'SHELLBOX_PUBLIC_URL.',
    ],
    load: async () => (await import('./slack.ts')).runSlack,
  },
  {
    name: 'discord',
    summary: 'add the app to a server, register its command',
    forms: ['invite', 'register'],
    details: [
      '"invite" prints the address at which the app is added to a server; docs/discord.md says how it is made.',
      '"register" tells Discord the command, as "start" and "bots" do when it has changed, and says what came of it.',
    ],
    load: async () => (await import('./discord.ts')).runDiscord,
  },
  {
    name: 'uninstall',
    summary: 'remove everything that this installation has',
    forms: ['', '--dry-run', '--yes <install id>', '--keep-homes', '--boxes-gone'],
    options: { yes: '<install id>' },
    flags: ['dry-run', 'keep-homes', 'boxes-gone'],
    details: [
      'Shows boxes, homes, snapshots, networks, packet rules, the data directory, and what is ours in your database and',
      'Redis; asks; removes all of it, and looks whether anything is left. Never anything of another installation.',
      '--dry-run only shows it, --yes does not ask, --keep-homes leaves homes and snapshots where they are.',
      'Stop start, bots and worker first, and run it on the machine of the boxes; it refuses where the database',
      'knows homes and none is here, unless --boxes-gone says that they are lost.',
    ],
    load: async () => (await import('./uninstall.ts')).runUninstall,
  },
  {
    name: 'version',
    summary: 'print the version',
    forms: [''],
    details: [],
    load: async () => (await import('./version.ts')).runVersion,
  },
];
