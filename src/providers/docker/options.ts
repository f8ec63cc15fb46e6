// What an operator decides about Docker boxes; plain data that configuration hands over.
import { totalmem } from 'node:os';
import type { Logger } from '../../log.ts';
import type { BoxShells } from '../shared/box-shells.ts';

export interface DockerOptions {
  /** As Docker reads DOCKER_HOST: `unix:///…`, `tcp://…`, `http(s)://…`; undefined means the local socket. */
  dockerHost: string | undefined;
  /** `^[a-z][a-z0-9]{7}$`; whose network and rules `prepare`, `check` and `protect` look after. */
  installId: string;
  /** The image of a box. `shellbox-box:latest` is built here when it is missing or its recipe changed; any other is the operator's. */
  image: string;
  /** The address on which boxes publish SSH (BOX_BIND). */
  bindAddress: string;
  /** The host name people connect to (BOX_SSH_HOST). */
  sshHost: string;
  ports: { first: number; last: number };
  /** What running boxes may use together, MiB (DOCKER_MEMORY_MIB); undefined means 80 % of this machine, overcommitted by 2. */
  memoryBudgetMiB: number | undefined;
  /** False lets boxes run where the host's rules cannot be written (BOX_ISOLATION). */
  isolation: boolean;
  /** False takes sudo away and sets no-new-privileges (BOX_SUDO). */
  sudo: boolean;
  /** Folder for the homes' files, in its subfolder `homes`. */
  dataDir: string;
  /** With what lines are run in boxes; where there is none, none are. */
  shells?: BoxShells;
  logger: Logger;
  /** Below this share of free space no box is made. Default 0.1. */
  leastFree?: number;
  /** What a box may write outside its home where the engine can limit it, GiB. Default 20. */
  rootGiB?: number;
}

export const OWN_IMAGE = 'shellbox-box:latest';
export const DEFAULT_LEAST_FREE = 0.1;
export const DEFAULT_ROOT_GIB = 20;

const MEMORY_SHARE = 0.8;
const MEMORY_OVERCOMMIT = 2;
const MIB = 1024 * 1024;

export function defaultMemoryBudgetMiB(memoryBytes: number = totalmem()): number {
  return Math.floor((memoryBytes / MIB) * MEMORY_SHARE * MEMORY_OVERCOMMIT);
}
