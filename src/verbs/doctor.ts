// doctor: everything the service leans on, what holds and what does not, and what to do about it.
import { secretTexts } from '../config/secret-texts.ts';
import { createLogger } from '../log.ts';
import { openHouse } from '../roles/house.ts';
import { migrateDatabase } from './database-errors.ts';
import { spendingFinding } from './doctor-clouds.ts';
import { discordFindings } from './doctor-discord.ts';
import { emailFindings, requireEmail, testAddress } from './doctor-email.ts';
import { installationFindings } from './doctor-installation.ts';
import { accessFinding, nodeFinding, portFinding, setupScriptFinding, spaceFinding } from './doctor-machine.ts';
import { slackFindings } from './doctor-slack.ts';
import { sendTestMail } from './doctor-way-out.ts';
import { type Finding, findingOf } from './finding.ts';
import { houseSettings } from './house-settings.ts';
import { findServers, type Servers } from './servers.ts';
import type { Run, Surroundings } from './verb.ts';

export const runDoctor: Run = async (_words, around, options) => {
  const target = options['send-test'];
  const test = target === undefined ? undefined : testAddress(target);
  let sound = true;
  let perfect = true;
  for await (const finding of examine(around, test)) {
    around.out(`${finding.ok ? '✓' : finding.isMinor === true ? '!' : '✗'} ${finding.what}`);
    if (!finding.ok && finding.remedy !== undefined) around.out(`    ${finding.remedy}`);
    sound &&= finding.ok || finding.isMinor === true;
    perfect &&= finding.ok;
  }
  if (!sound) around.out('Something has to be done, see ✗ above.');
  else around.out(perfect ? 'All is well.' : 'It works; see ! above for what you may want to change.');
  return sound ? 0 : 1;
};

async function* examine(around: Surroundings, test: string | undefined): AsyncGenerator<Finding> {
  const config = await around.config();
  // Before anything is looked at: it is the line that is wrong.
  const tested = test === undefined ? undefined : { email: requireEmail(config), to: test };
  yield { ok: true, what: 'configuration' };
  yield nodeFinding(process.versions.node);
  yield await spaceFinding(config.dataDir);
  yield accessFinding(config);
  const spending = spendingFinding(config);
  if (spending !== undefined) yield spending;
  if (config.setupScript !== undefined) yield await setupScriptFinding(config.setupScript);
  yield* await slackFindings(config);
  yield* await discordFindings(config);
  yield* await emailFindings(config, around.stopSignal());
  if (tested !== undefined) yield await sendTestMail(tested.email, tested.to, () => new Date());
  const logger = createLogger({ level: 'silent', secrets: secretTexts(config) });
  await using stack = new AsyncDisposableStack();
  let servers: Awaited<ReturnType<typeof findServers>>;
  try {
    servers = await findServers({ config, logger, signal: around.stopSignal(), stack });
  } catch (error) {
    yield findingOf('the database and Redis', error);
    return;
  }
  if (!servers.isRunning) {
    yield await portFinding('SSH_LISTEN', config.ssh.listen);
    yield await portFinding('SHELLBOX_PORT', config.http);
    if (config.email?.smtp !== undefined) yield await portFinding('SMTP_LISTEN', config.email.smtp.listen);
  }
  try {
    // What was just started belongs to nobody else, and `start` would do the same.
    if (servers.own) await migrateDatabase(servers.databaseUrl);
  } catch (error) {
    yield findingOf('the database', error);
    return;
  }
  yield* installationFindings({
    ...servers,
    whose: whose(servers),
    isServing: !servers.own,
    async open() {
      const known = { config, servers, logger, version: around.version, makesBoxes: false };
      const services = await openHouse(await houseSettings(known));
      stack.defer(services.close);
      return services;
    },
    now: () => new Date(),
  });
}

function whose({ isRunning, own }: Servers & { isRunning: boolean }): string {
  if (isRunning) return 'of the running start';
  return own ? 'embedded' : 'at DATABASE_URL';
}
