// Every command, in the order of `help`. A new one is its file and one line here.
import { adminAudit } from './admin/audit.ts';
import { adminBoxes } from './admin/boxes.ts';
import { adminClaim } from './admin/claim.ts';
import { adminDestroy } from './admin/destroy.ts';
import { adminDrain } from './admin/drain.ts';
import { adminForget } from './admin/forget.ts';
import { adminJobs } from './admin/jobs.ts';
import { adminOrphans } from './admin/orphans.ts';
import { adminQuarantine } from './admin/quarantine.ts';
import { adminResume } from './admin/resume.ts';
import { adminRetry } from './admin/retry.ts';
import { adminStatus } from './admin/status.ts';
import { adminStop } from './admin/stop.ts';
import { adminSuspend } from './admin/suspend.ts';
import { adminTier } from './admin/tier.ts';
import { adminUsage } from './admin/usage.ts';
import { adminWhy } from './admin/why.ts';
import type { Command } from './command.ts';
import { confirm } from './confirm.ts';
import { connect } from './connect.ts';
import { destroy } from './destroy.ts';
import { exec } from './exec.ts';
import { extend } from './extend.ts';
import { commandsOf, type Group, helpCommand } from './help.ts';
import { info } from './info.ts';
import { keys } from './keys.ts';
import { link } from './link.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { notify } from './notify.ts';
import { restart } from './restart.ts';
import { set } from './set.ts';
import { sizes } from './sizes.ts';
import { snapshotCreate } from './snapshot-create.ts';
import { snapshotDelete } from './snapshot-delete.ts';
import { snapshotList } from './snapshot-list.ts';
import { spinup } from './spinup.ts';
import { sshConfig } from './ssh-config.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';
import { commandNamed } from './suggest.ts';
import { undestroy } from './undestroy.ts';
import { unlink } from './unlink.ts';
import { usage } from './usage.ts';
import { version } from './version.ts';
import { whoami } from './whoami.ts';
import { why } from './why.ts';

const GROUPS: readonly Group[] = [
  {
    title: 'Make and end',
    commands: [spinup, start, stop, restart, extend, destroy, undestroy, snapshotCreate, snapshotList, snapshotDelete],
    seldom: [confirm],
  },
  { title: 'Look and log in', commands: [list, info, why, logs, exec, connect, sshConfig] },
  {
    title: 'You and Shellbox',
    commands: [set, notify, keys, link, usage, helpCommand(() => GROUPS)],
    seldom: [unlink, whoami, sizes, version],
  },
  {
    title: 'For operators',
    commands: [
      adminClaim,
      adminTier,
      adminSuspend,
      adminResume,
      adminBoxes,
      adminStop,
      adminDestroy,
      adminDrain,
      adminStatus,
      adminJobs,
      adminRetry,
      adminWhy,
      adminOrphans,
      adminQuarantine,
      adminAudit,
      adminUsage,
      adminForget,
    ],
  },
];

export const COMMANDS: readonly Command[] = commandsOf(GROUPS);

/** By name or alias, in any case of letters. */
export function findCommand(name: string): Command | undefined {
  return commandNamed(COMMANDS, name);
}
