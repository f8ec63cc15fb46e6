// Prints the SQL that makes the whole schema in an empty database; authors of migrations take from it what is new.
// Usage: DATABASE_URL=… node scripts/schema-diff.ts      (any PostgreSQL; nothing is written to it)
import { sqlOfSchema } from './schema-sql.ts';

const USAGE = 'Usage: DATABASE_URL=postgres://… node scripts/schema-diff.ts\n';

const [surplus] = process.argv.slice(2);
const databaseUrl = process.env.DATABASE_URL ?? '';
if (surplus !== undefined || databaseUrl === '') {
  const fault = surplus === undefined ? 'DATABASE_URL is not set.' : `Unknown argument: ${surplus}`;
  process.stderr.write(`${fault}\n${USAGE}`);
  process.exitCode = 2;
} else {
  process.stdout.write(await sqlOfSchema(databaseUrl));
}
