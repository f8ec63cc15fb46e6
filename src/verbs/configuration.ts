// The configuration of the program: the environment and .env, checked against what this version has.
import { type Config, type Environment, loadConfig, readEnvironment } from '../config.ts';
import { PROVIDER_NAMES } from '../providers/registry.ts';
import { warnOfStrangeNames } from './strange-names.ts';

/** `environment` counts over the file `.env` in `cwd`; the process's own by default. @throws ShellboxError `config` */
export function readConfig(cwd: string, tell: (line: string) => void, environment?: Environment): Config {
  const all = readEnvironment(cwd, environment);
  warnOfStrangeNames(Object.keys(all), tell);
  return loadConfig(all, { isRoot: process.getuid?.() === 0, cwd, providers: PROVIDER_NAMES });
}
