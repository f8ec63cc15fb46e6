// Who sits at a terminal in which box now, so that they can be told what concerns it.
import type { Reply } from '../../threads/reply.ts';

export interface Terminals {
  /** `tell` is called until what this returns is. */
  enter(boxId: string, tell: (reply: Reply) => void): () => void;
  /** Tells all in the box; `what` is asked for only if there are any. */
  interject(boxId: string, what: () => Promise<Reply | undefined>): Promise<void>;
}

export function createTerminals(): Terminals {
  const inBox = new Map<string, Set<(reply: Reply) => void>>();
  return {
    enter(boxId, tell) {
      const all = inBox.get(boxId) ?? new Set();
      inBox.set(boxId, all.add(tell));
      return () => {
        all.delete(tell);
        if (all.size === 0 && inBox.get(boxId) === all) inBox.delete(boxId);
      };
    },
    async interject(boxId, what) {
      if (!inBox.has(boxId)) return;
      const reply = await what();
      if (reply !== undefined) for (const tell of inBox.get(boxId) ?? []) tell(reply);
    },
  };
}
