// The Docker engine, started where nothing else starts it, and the box image.
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { mustRun, run, SetupError } from './steps.mjs';

const NODE = 'node_modules/node/bin/node';
const SOCKET = '/var/run/docker.sock';
const PID_FILE = '/var/run/docker.pid';
const LOG = '/var/log/shellbox-dockerd.log';
const IMAGE = 'shellbox-box:latest';
const START_DEADLINE_MS = 60_000;
const hasSystemd = () => existsSync('/run/systemd/system');

/** How the engine will be started, or undefined when one answers. The one that DOCKER_HOST names is its operator's to start. */
export async function missingEngine() {
  if (process.env.DOCKER_HOST) return await requireNamedEngine(process.env.DOCKER_HOST);
  if ((await ask('/_ping')) !== undefined) return undefined;
  return hasSystemd() ? 'started with systemctl' : `started as a daemon, log in ${LOG}`;
}

/** Asks the engine that DOCKER_HOST names, where that needs neither keys nor certificates. */
async function requireNamedEngine(dockerHost) {
  const url = URL.canParse(dockerHost) ? new URL(dockerHost) : undefined;
  const schemes = ['unix:', 'tcp:', 'http:', 'https:', 'ssh:'];
  if (!schemes.includes(url?.protocol)) {
    throw new SetupError(
      'DOCKER_HOST is not the address of a Docker engine.',
      'Set it to unix:///path or tcp://host:port.',
    );
  }
  if (['https:', 'ssh:'].includes(url.protocol) || process.env.DOCKER_TLS_VERIFY) return undefined;
  const at = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 2375 };
  if ((await ask('/_ping', at)) !== undefined) return undefined;
  throw new SetupError(
    `No Docker engine answers at ${url.protocol}//${url.host}${url.pathname}, which DOCKER_HOST names.`,
    'Start it, correct DOCKER_HOST, or unset it to use the engine of this machine.',
  );
}

export async function ensureEngine() {
  if ((await missingEngine()) === undefined) return false;
  if (hasSystemd()) await run('systemctl', ['start', 'docker']);
  else startDetached();
  const until = Date.now() + START_DEADLINE_MS;
  while ((await ask('/_ping')) === undefined) {
    if (Date.now() > until) {
      const log = hasSystemd() ? 'journalctl -u docker' : `tail ${LOG}`;
      throw new SetupError(`The Docker engine did not start in ${START_DEADLINE_MS / 1000} s.`, `See: ${log}`);
    }
    await delay(100);
  }
  return true;
}

/** Without a service manager the engine is a process of its own that outlives us; what it says goes to a log. */
function startDetached() {
  removeStalePid();
  const log = openSync(LOG, 'a', 0o640);
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  const child = spawn('dockerd', [], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, PATH: path },
  });
  child.once('error', () => {}); // seen by whoever waits for its answer
  child.unref();
}

/** An engine that was killed leaves its pid behind, and a later process of that number would keep the next one from starting. */
function removeStalePid() {
  if (!existsSync(PID_FILE)) return;
  const command = `/proc/${readFileSync(PID_FILE, 'utf8').trim()}/comm`;
  if (!existsSync(command) || readFileSync(command, 'utf8').trim() !== 'dockerd') rmSync(PID_FILE, { force: true });
}

/** Whether the box image will be built for sure; a changed recipe shows only once the packages are there. */
export async function missingImage() {
  if (process.env.DOCKER_HOST || (await ask(`/images/${IMAGE}/json`)) === 200) return undefined;
  return `${IMAGE}, built here; about a minute where no registry answers`;
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

/** The status of a GET at an engine, the local one by default, or undefined when none answers. */
function ask(path, at = { socketPath: SOCKET }) {
  return new Promise((resolve) => {
    const asked = request({ ...at, path, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(undefined));
    asked.end();
  });
}
