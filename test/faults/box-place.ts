// What the laboratory knows of the place where boxes are: how its processes get there, what exists there, and what can befall it.
import type { PlaceSetting } from '../fakes/service.ts';

/** What really exists for boxes, asked of whoever made it. */
export interface Reality {
  instances: readonly { boxId: string; incarnation: number; running: boolean }[];
  /** The box of each home; one that has two is in it twice. */
  homes: readonly string[];
  /** Ids of snapshots, likewise; undefined where nobody can say. */
  snapshots?: readonly string[];
}

/** One of those that are there. */
export type Choose = <T extends { boxId: string }>(instances: readonly T[]) => T | undefined;

export interface BoxPlace {
  /** What each process is told of it. */
  setting: PlaceSetting;
  /** Where its API listens; undefined where nothing of it goes over a network. */
  url: string | undefined;
  /** Of its provider; what is removed for good is removed only after that. */
  longestCreateMs: number;
  /** For so long what is new may be missing from its lists. */
  lagMs: number;
  /** What exists for these boxes, and for any others of this installation. */
  reality(boxIds: readonly string[]): Promise<Reality>;
  /** Takes an instance away behind everybody's back, if one is chosen. */
  vanish(choose: Choose): Promise<void>;
  /** Takes away what keeps boxes apart, behind everybody's back. */
  unprotect(): Promise<void>;
  /** What its driver logs in with, which must be in clear nowhere. */
  secrets: readonly string[];
  /** What its own books say against us, in words; to be asked at the end. */
  complaints(): readonly string[];
  /** How many lines were run in boxes for people, as far as it knows. */
  linesRun(): number;
  close(): Promise<void>;
}
