// Notes that a box is used: at most once a minute for each, and never less than what happened.

export interface UseMarks {
  /** Something was typed or printed in a session now. */
  mark(boxId: string): void;
  close(): void;
}

export interface UseMarksOptions {
  now: () => Date;
  /** Writes it down; does not reject. */
  note: (boxId: string, at: Date) => void;
}

export const MARK_EVERY_MS = 60_000;

export function createUseMarks({ now, note }: UseMarksOptions): UseMarks {
  /** Boxes that were noted within the last minute, and what has happened since, which is noted when the minute is over. */
  const resting = new Map<string, { timer: NodeJS.Timeout; since: Date | undefined }>();

  function write(boxId: string, at: Date): void {
    const timer = setTimeout(() => wakeUp(boxId), MARK_EVERY_MS);
    timer.unref();
    resting.set(boxId, { timer, since: undefined });
    note(boxId, at);
  }

  function wakeUp(boxId: string): void {
    const since = resting.get(boxId)?.since;
    resting.delete(boxId);
    if (since !== undefined) write(boxId, since);
  }

  return {
    mark(boxId) {
      const rest = resting.get(boxId);
      if (rest === undefined) write(boxId, now());
      else rest.since = now();
    },
    close() {
      for (const { timer } of resting.values()) clearTimeout(timer);
      resting.clear();
    },
  };
}
