// Asks providers that cost something what they cost, and writes it down for whoever answers people.
import type { Logger } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { silentProviders } from '../store/circuits.ts';
import type { Database } from '../store/database.ts';
import { notePrices } from '../store/prices.ts';

const DEADLINE_MS = 60_000;

/** A provider that does not tell keeps the prices it told last. */
export async function askPrices(options: {
  db: Database;
  providers: ReadonlyMap<string, Provider>;
  logger: Logger;
  signal: AbortSignal;
}): Promise<void> {
  const { db, providers, logger, signal } = options;
  const silent = await silentProviders(db.tx);
  for (const { name, prices } of providers.values()) {
    if (prices === undefined || silent.has(name)) continue;
    try {
      const told = await prices({ signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]) });
      await notePrices(db.tx, name, told);
    } catch (error) {
      logger.warn({ provider: name, error }, 'A provider did not tell its prices; those of before stay');
    }
  }
}
