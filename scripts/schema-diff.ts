// Writes the SQL that takes the migrations (or an empty database) to prisma/schema.prisma, offline; for authors of migrations.
// Usage: node scripts/schema-diff.ts [--from-empty]        (a database for the comparison: DATABASE_URL, any empty one)
import { readFile } from 'node:fs/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';

const path = 'prisma/schema.prisma';
const content = await readFile(path, 'utf8');
const engine = await SchemaEngine.new(
  { datamodels: [[path, content]] },
  () => {},
  bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: process.env.DATABASE_URL ?? '' })),
);
const result = await engine.diff({
  from: { tag: 'empty' },
  to: { tag: 'schemaDatamodel', files: [{ path, content }] },
  script: true,
  exitCode: true,
  filters: { externalTables: [], externalEnums: [] },
  shadowDatabaseUrl: null,
} as never);
process.stdout.write(result.stdout ?? '');
