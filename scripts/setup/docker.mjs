// The Docker engine, started where nothing else starts it, and the box image.
import { spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { mustRun, run, SetupError } from './steps.mjs';

const NODE = 'node_modules/node/bin/node';
const SOCKET = '/var/run/docker.sock';
const LOG = '/var/log/shellbox-dockerd.log';
const START_DEADLINE_MS = 60_000;
const REMEDY = `Start Docker, or set DOCKER_HOST. Its log: ${LOG}`;

export async function ensureEngine() {
  // Another machine's engine is its operator's.
  if (process.env.DOCKER_HOST) return false;
  if (await answers()) return false;
  if (process.getuid() !== 0)
    throw new SetupError(
      'No Docker engine answers, and only root can start one.',
      'As root: systemctl start docker, or: dockerd &',
    );
  if (existsSync('/run/systemd/system')) await run('systemctl', ['start', 'docker']);
  else startDetached();
  const until = Date.now() + START_DEADLINE_MS;
  while (!(await answers())) {
    if (Date.now() > until)
      throw new SetupError(`The Docker engine did not start in ${START_DEADLINE_MS / 1000} s.`, REMEDY);
    await delay(100);
  }
  return true;
}

/** Without a service manager the engine is a process of its own that outlives us; what it says goes to a log. */
function startDetached() {
  const log = openSync(LOG, 'a');
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log], env: { ...process.env, PATH: path } }).unref();
}

/** GET /_ping of the engine's API. */
function answers() {
  return new Promise((resolve) => {
    const ping = request({ socketPath: SOCKET, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => resolve(false));
    ping.end();
  });
}

export async function ensureImage() {
  let built = false;
  const onOutput = (text) => {
    built = true;
    process.stdout.write(text);
  };
  await mustRun('Building the box image', 'Look at the lines above.', NODE, ['scripts/box-image.ts'], { onOutput });
  return built;
}
