// doctor's look at an installation: its Redis, its database and what stands in it, its secrets, and its providers.
import type { HouseServices } from '../roles/house.ts';
import type { Secret } from '../secret.ts';
import { databaseFinding, recordFindings, redisFinding } from './doctor-database.ts';
import { providerFindings } from './doctor-provider.ts';
import { standingFindings } from './doctor-standing.ts';
import { type Finding, findingOf } from './finding.ts';

export interface Installation {
  databaseUrl: Secret;
  redisUrl: Secret;
  /** Names the database, such as `at DATABASE_URL`. */
  whose: string;
  /** Processes are meant to be at work; what they leave standing is a fault. */
  isServing: boolean;
  /** @throws ShellboxError such as `secret_unreadable` */
  open(): Promise<Pick<HouseServices, 'installId' | 'providers'>>;
  now: () => Date;
}

/** Isolation is tried out, which takes a while on a busy machine. */
const PROVIDER_MS = 60_000;

export async function* installationFindings(installation: Installation): AsyncGenerator<Finding> {
  const { databaseUrl, redisUrl, whose, isServing, open, now } = installation;
  yield await redisFinding(redisUrl);
  const database = await databaseFinding(databaseUrl, whose);
  yield database;
  if (!database.ok) return;
  try {
    yield* await recordFindings(databaseUrl);
    if (isServing) yield* await standingFindings(databaseUrl, now);
    const { installId, providers } = await open();
    yield { ok: true, what: `installation ${installId}, stored secrets can be read` };
    for (const provider of providers.values())
      yield* await providerFindings(provider, AbortSignal.timeout(PROVIDER_MS));
  } catch (error) {
    yield findingOf('the installation', error);
  }
}
