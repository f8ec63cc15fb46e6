// How long jobs usually take, asked of the database at most once a minute for each kind and provider.
import type { Database } from '../store/database.ts';
import type { JobKind } from '../store/jobs.ts';
import { usualDuration } from '../store/waiting.ts';
import type { Usual } from '../threads/waiting.ts';

export interface UsualTimes {
  /** Undefined when too few have run. Rejects when the database does. */
  of(kind: JobKind, provider: string): Promise<Usual | undefined>;
}

const FRESH_MS = 60_000;
/** Where too few have run, the next one may be enough. */
const UNKNOWN_FRESH_MS = 2_000;

/** `clock`: milliseconds from any fixed point. */
export function createUsualTimes(db: Database, clock: () => number): UsualTimes {
  const known = new Map<string, { askedAtMs: number; usual: Usual | undefined }>();
  return {
    async of(kind, provider) {
      const key = `${kind} ${provider}`;
      const found = known.get(key);
      const freshMs = found?.usual === undefined ? UNKNOWN_FRESH_MS : FRESH_MS;
      if (found !== undefined && clock() - found.askedAtMs < freshMs) return found.usual;
      const usual = await usualDuration(db.tx, kind, provider);
      known.set(key, { askedAtMs: clock(), usual });
      return usual;
    },
  };
}
