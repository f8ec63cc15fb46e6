// What the parts of the SSH door share.
import type { Logger } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import type { Intake } from '../../threads/arrival.ts';
import type { Identity } from './auth.ts';
import type { CommandRun } from './command-run.ts';
import type { Directory } from './directory.ts';
import type { SshLimits } from './limits.ts';
import type { LookUps } from './look-ups.ts';
import type { RenderView } from './render.ts';
import type { Terminals } from './terminals.ts';
import type { UseMarks } from './use-marks.ts';

export interface Services {
  directory: Directory;
  lookUps: LookUps;
  intake: Intake;
  logger: Logger;
  limits: SshLimits;
  processId: string;
  now: () => Date;
  newId: () => string;
  marks: UseMarks;
  terminals: Terminals;
  /** The private key with which boxes are logged in to, and as whom. */
  gatewayKey: Secret;
  boxUser: string;
  /** How replies are written for this reader. */
  view: (identity: Identity, options: { colours: boolean; ownsBoxOfThatName?: boolean }) => RenderView;
  /** Commands that wait for their final, by thread. */
  runs: Map<string, CommandRun>;
  /** Aborted when the service stops and running commands had their time. */
  stopping: AbortSignal;
}

/** The user name that is always the command door. */
export const COMMAND_USER = 'shellbox';
