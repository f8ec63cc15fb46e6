// npm run quickstart [-- --once]: the whole service, a first box through the SSH door, and a real log-in to it. Set-up has run.
// --once: in a temporary directory; destroys the box and stops again, with exit status 0 only if the log-in worked.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ShellboxError } from '../src/errors.ts';
import { endOfQuickstart } from './quickstart/end.ts';
import { removeKilledRuns, removeOnce } from './quickstart/leftovers.ts';
import { makePerson, type Person } from './quickstart/person.ts';
import { choosePlace, type Place } from './quickstart/place.ts';
import { startService } from './quickstart/service.ts';

const BOX = 'mybox';
/** Images and homes are made within this time on any machine that can run boxes at all. */
const FIRST_BOX_MS = 10 * 60_000;
const LOG_IN_MS = 60_000;
const USAGE = 'npm run quickstart [-- --once]     --once: destroys the box and stops again after the first log-in';

const show = (text: string): void => void process.stdout.write(text);
const line = (text = ''): void => show(`${text}\n`);

try {
  process.exitCode = await quickstart();
} catch (error) {
  if (!(error instanceof ShellboxError)) throw error;
  line(`✗ ${error.message}`);
  if (error.remedy !== undefined) line(`  ${error.remedy}`);
  process.exitCode = error.code === 'config' ? 2 : 1;
}
process.exit();

async function quickstart(): Promise<number> {
  const values = options();
  const end = endOfQuickstart(process, process.env.npm_lifecycle_event !== undefined, line);
  const killed = await removeKilledRuns(process.env.DOCKER_HOST || undefined);
  if (killed > 0) line(`✓ removed what ${killed} killed quickstart(s) left`);
  const place = await choosePlace(process.env, values.once);
  try {
    return await serve(place, values.once, end);
  } finally {
    if (place.temporary !== undefined) {
      await removeOnce({ ...place.temporary, dockerHost: place.config.docker.host?.reveal() });
      line('✓ stopped, and everything of it removed');
    }
  }
}

function options(): { once: boolean } {
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false } } }).values;
  } catch (cause) {
    throw new ShellboxError('config', 'The quickstart knows one option.', { remedy: USAGE, cause });
  }
}

async function serve(place: Place, once: boolean, end: AbortSignal): Promise<number> {
  const began = performance.now();
  const service = await startService(place, line);
  try {
    line(`✓ ${'Shellbox is up'.padEnd(32)} ${seconds(began)}`);
    const person = await makePerson(place.folder, show);
    const doorKey = service.summary.map((text) => /(\S+ ssh-ed25519 \S+)$/.exec(text)?.[1]).find((found) => found);
    await person.trust(doorKey ?? '');
    line(`  (-F names a key and known hosts in ${place.folder}, so that your ~/.ssh stays as it is)`);
    line();
    const logIn = await firstBox(place, person, end);
    if (logIn === undefined && !end.aborted) {
      line('✗ There is no box, so the quickstart stops; the reason is above.');
      line(`  Its log: ${join(place.folder, 'service.log')}. To begin anew, run it again.`);
    }
    if (logIn === undefined) return end.aborted ? 130 : 1;
    if (once) return await destroy(place, person);
    for (const text of farewell(place, person, logIn, service.summary)) line(text);
    await Promise.race([service.ended, new Promise((resolve) => end.addEventListener('abort', resolve))]);
    return end.aborted ? 0 : await service.ended;
  } finally {
    const status = await service.stop();
    if (status !== 0) line(`✗ the service ended with status ${status}; see ${place.folder}/service.log`);
  }
}

/** Makes the box, or starts the one of an earlier quickstart, and logs in to it; the words that log in, or undefined. */
async function firstBox(place: Place, person: Person, end: AbortSignal): Promise<string[] | undefined> {
  const door = doorWords(place);
  const patience = (ms: number) => AbortSignal.any([end, AbortSignal.timeout(ms)]);
  try {
    let made = await person.type([...door, 'spinup', BOX], patience(FIRST_BOX_MS));
    if (made.status !== 0 && place.temporary === undefined)
      made = await person.type([...door, 'start', BOX], patience(FIRST_BOX_MS));
    const words = /^\s*ssh (-p \d+ )?(\S+@\S+)$/m.exec(made.stdout);
    const known = /^\s*(\S+ ssh-ed25519 \S+)$/m.exec(made.stdout)?.[1];
    if (made.status !== 0 || words === null || known === undefined) return undefined;
    line();
    await person.trust(known);
    const logIn = [...(words[1]?.trim().split(' ') ?? []), words[2] ?? ''];
    const inside = await person.type([...logIn, 'echo "$(whoami) on $(hostname)"'], patience(LOG_IN_MS));
    line();
    if (inside.status !== 0 || inside.stdout !== `dev on ${BOX}\n`) return undefined;
    line('✓ logged in with OpenSSH, host keys checked');
    line();
    return logIn;
  } catch (error) {
    if (!end.aborted && error instanceof Error && error.name !== 'AbortError') throw error;
    if (!end.aborted) line('✗ that took too long');
    return undefined;
  }
}

async function destroy(place: Place, person: Person): Promise<number> {
  const { status } = await person.type([...doorWords(place), 'destroy', BOX, '--yes'], AbortSignal.timeout(LOG_IN_MS));
  line();
  return status === 0 ? 0 : 1;
}

function doorWords({ config }: Place): string[] {
  const { host, port } = config.ssh.reached;
  return [...(port === 22 ? [] : ['-p', String(port)]), host];
}

function farewell(place: Place, person: Person, logIn: readonly string[], summary: readonly string[]): string[] {
  const door = doorWords(place).join(' ');
  const claim = summary.find((text) => text.includes('admin claim '))?.replace(/^.*admin claim /, '');
  return [
    'It keeps serving. From another terminal on this machine:',
    `  into the box:       ${person.ssh} ${logIn.join(' ')}`,
    `  every command:      ${person.ssh} ${door} help`,
    `  with your own key:  ssh ${door} spinup yours`,
    ...(claim === undefined ? [] : [`  be its operator:    ssh ${door} admin claim ${claim}      (as yourself, once)`]),
    ...summary.filter((text) => text.startsWith('  SSH door') || text.startsWith('  Data')),
    'Ctrl-C stops it; boxes and data stay, and the next quickstart goes on with them.',
  ];
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
