// What is seen of boxes: what one takes up, what it does, and which programs do it.
import type { Figures } from '../boxes/figures.ts';

/** What one box takes up, and, where its provider can look inside, what goes on in it. */
export interface Measurement {
  homeUsedBytes: number | undefined;
  /** What the box wrote outside its home since it was created; undefined where the engine enforces a limit by itself. */
  rootUsedBytes: number | undefined;
  figures?: Figures | undefined;
}

/** What was seen of one running box; counters rise as long as the instance runs. */
export interface Observation {
  /** When its running instance was started: counters of two observations compare only where this is the same. Milliseconds since the epoch. */
  startedAtMs: number;
  /** Processor time of everything in the box since then, milliseconds. */
  cpuMs: number;
  /** Bytes in and out over its interface since then, as far as they are not ours; undefined while nobody counts them. */
  trafficBytes: number | undefined;
  /** By the box's own clock: when somebody typed at a terminal in it last. Left out where that cannot be seen. */
  typedAtMs?: number | undefined;
  processes: readonly ObservedProcess[];
}

/** Its names were chosen inside the box: whoever shows one cleans it (`threads/shown.ts`). */
export interface ObservedProcess {
  /** As people see it inside the box, or undefined where only the outside number is known. */
  pid: number | undefined;
  /** A key that is the same in two observations only for the same process. */
  key: string;
  /** The program's short name, e.g. `pytest`. */
  command: string;
  cpuMs: number;
  /** Ours or the system's (init, sshd …), not the person's. */
  ours: boolean;
  /** It is `shellbox-hold`, with a command that lives. */
  holds: boolean;
}
