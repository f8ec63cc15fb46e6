// The verbs there are, in the order of the help, and the words of later versions.
import { account } from './account.ts';
import { doctor } from './doctor.ts';
import { migrate } from './migrate.ts';
import { bots, worker } from './role.ts';
import { start } from './start.ts';
import type { Verb } from './verb.ts';
import { version } from './version.ts';

export const VERBS: readonly Verb[] = [start, bots, worker, migrate, doctor, account, version];

/** Known words whose verbs come with a later version. */
export const LATER: readonly string[] = ['backup', 'restore', 'slack', 'discord'];
