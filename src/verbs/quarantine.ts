// quarantine: what a database that is older than the boxes does not agree about with them, and the end of that, from the machine itself.
import { WHY_QUARANTINED } from '../commands/admin/quarantine.ts';
import { secretTexts } from '../config/secret-texts.ts';
import { ShellboxError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { audit } from '../store/audit.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { listOrphans } from '../store/instances.ts';
import { askRelease, quarantineOf, quarantineReport, releaseAsked } from '../store/quarantine.ts';
import { requireMigrated } from './database-errors.ts';
import { findInstallation } from './servers.ts';
import type { Run, Surroundings } from './verb.ts';

const LATER = 'It ends with the next look of a worker: within a minute while one runs.';

export const runQuarantine: Run = async (words, around) => {
  const [what, ...rest] = words;
  if ((what !== undefined && what !== 'release') || rest.length > 0)
    throw new ShellboxError('usage', 'There are "shellbox quarantine" and "shellbox quarantine release".', {
      remedy: 'shellbox quarantine --help',
    });
  const config = await around.config();
  const logger = createLogger({ level: 'error', secrets: secretTexts(config) });
  await using stack = new AsyncDisposableStack();
  const servers = await findInstallation({ config, logger, signal: around.stopSignal(), stack });
  await requireMigrated(servers.databaseUrl);
  const db = openDatabase(servers.databaseUrl, 1);
  stack.defer(db.close);
  const quarantine = await quarantineOf(db.tx);
  if (quarantine === undefined) {
    around.out('There is no quarantine.');
    return 0;
  }
  if (what === 'release') return await release(db, around);
  around.out(`In quarantine since ${quarantine.since.toISOString()}. ${WHY_QUARANTINED[quarantine.cause]}`);
  around.out(quarantine.detail);
  await show(db, around);
  return 1;
};

async function show(db: Database, { out }: Surroundings): Promise<void> {
  const report = await quarantineReport(db.tx);
  if (report === undefined) {
    out('No worker has looked at the boxes yet. Start one, and ask again in a minute.');
    return;
  }
  const { silent, differences, count } = report;
  if (silent.length > 0)
    out(`Not looked at, because they do not answer: ${silent.join(', ')}. The release waits for them.`);
  for (const difference of differences) out(`  ${difference}`);
  if (count > differences.length) out(`  and ${count - differences.length} more`);
  if (count === 0) out('Every box that was looked at is as it is here.');
  const orphans = (await listOrphans(db.tx)).length;
  if (orphans > 0) out(`Instances that no box owns: ${orphans}. They stay; in any door, "admin orphans" lists them.`);
  out((await releaseAsked(db.tx)) === undefined ? 'To end it:  shellbox quarantine release' : LATER);
}

async function release(db: Database, { out }: Surroundings): Promise<number> {
  await db.transaction(async (tx) => {
    await askRelease(tx, 'system');
    await audit(tx, { actor: 'system', action: 'house.release_asked', target: {} });
  });
  out(`✓ ${LATER}`);
  return 0;
}
