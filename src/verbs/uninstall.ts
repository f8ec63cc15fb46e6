// uninstall: shows everything that an installation has, asks, takes it away, and looks whether anything is left.
import { secretTexts } from '../config/secret-texts.ts';
import { ShellboxError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { Holding } from '../providers/holdings.ts';
import { removeQueueRemains } from '../queue/remains.ts';
import { dropRemains, readRemains } from '../store/remains.ts';
import { shown } from '../threads/shown.ts';
import { databaseError } from './database-errors.ts';
import { readDataDir, removeDataDir } from './uninstall/data-dir.ts';
import { openScene, type Scene } from './uninstall/scene.ts';
import { inventory, isLeft, untouched } from './uninstall/words.ts';
import type { Options, Run, Surroundings } from './verb.ts';

export const runUninstall: Run = async (_words, around, options) => {
  const { out } = around;
  const signal = around.stopSignal();
  const config = await around.config();
  const logger = createLogger({ level: 'error', secrets: secretTexts(config) });
  const keepHomes = 'keep-homes' in options;
  let installId: string;
  {
    await using stack = new AsyncDisposableStack();
    const scene = await openScene({ config, logger, signal, stack });
    installId = scene.installId;
    const holdings = await scene.look();
    for (const line of inventory(config, scene, holdings, keepHomes)) out(line);
    if ('dry-run' in options) {
      out('Nothing was changed.');
      return 0;
    }
    if (!('boxes-gone' in options)) refuseElsewhere(scene, holdings);
    await confirm(installId, options, around, signal);
    await removeParts(scene, keepHomes, out);
  }
  // Not before: the private database lies in there, and tells what is left to do when this is broken off.
  await removeDataDir(config.dataDir);
  for (const line of untouched(config, await readDataDir(config.dataDir))) out(line);
  out(`✓ Installation ${installId} is removed.`);
  return 0;
};

/** On another machine than that of the boxes nothing would be found, and the database would forget them. */
function refuseElsewhere({ knownHomes }: Scene, holdings: readonly Holding[]): void {
  if (knownHomes === 0 || holdings.some(({ kind }) => kind === 'home')) return;
  throw new ShellboxError('boxes_elsewhere', `The database knows ${knownHomes} homes, and none of them is here.`, {
    remedy: 'Run it on the machine of the boxes. If they are gone already:  shellbox uninstall --boxes-gone',
  });
}

/** @throws ShellboxError `usage` when it was not confirmed */
async function confirm(installId: string, options: Options, around: Surroundings, signal: AbortSignal): Promise<void> {
  const terminal = around.terminal();
  const given =
    options.yes ??
    (await terminal?.ask(`It cannot be undone. To remove it, type the id of the installation (${installId}): `, {
      signal,
    }));
  if (given === installId) return;
  if (given === undefined)
    throw new ShellboxError('usage', 'Nobody can be asked here, so nothing was changed.', {
      remedy: `shellbox uninstall --yes ${installId}`,
    });
  throw new ShellboxError('usage', `This is installation ${installId}, not "${shown(given)}". Nothing was changed.`);
}

/** Each part is looked at again before the next one: the database goes last, because it has the id. */
async function removeParts(scene: Scene, keepHomes: boolean, out: Surroundings['out']): Promise<void> {
  const { installId, database, redis } = scene;
  await scene.removeHoldings(keepHomes);
  refuseLeft((await scene.look()).filter((holding) => isLeft(holding, keepHomes)));
  out(`✓ Nothing of ${installId} is left on ${scene.providers.map(({ title }) => title).join(', ')}.`);
  if (redis !== undefined) out(await emptied(redis));
  if (database === undefined) return;
  await dropRemains(database.url).catch((error: unknown) => {
    throw databaseError(error);
  });
  refuseLeft((await readRemains(database.url)).tables.map((name) => ({ kind: 'table', name })));
  out(`✓ ${database.tables.length} tables dropped from the database.`);
}

async function emptied({ url, keys, workers }: NonNullable<Scene['redis']>): Promise<string> {
  // Keys carry no id: where another installation waits at the same queues, they are its keys, too.
  if (workers > 0) return `! Redis was left as it is: ${workers} workers of another program use the same queues.`;
  await removeQueueRemains(url);
  return `✓ ${keys} keys removed from Redis.`;
}

function refuseLeft(left: readonly { kind: string; name: string }[]): void {
  if (left.length === 0) return;
  const names = left.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  throw new ShellboxError('left_over', `Still there: ${names}.`, {
    remedy: 'Run it again; what was removed already is no obstacle. The log above has the reason, if there is one.',
  });
}
