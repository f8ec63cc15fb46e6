// The SQL of the whole of prisma/schema.prisma, as Prisma's own engine writes it, without anything from the network.
import { readFile } from 'node:fs/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';

const PATH = 'prisma/schema.prisma';

/** What makes the schema in an empty database. `databaseUrl`: any PostgreSQL that answers; nothing is made there. */
export async function sqlOfSchema(databaseUrl: string): Promise<string> {
  const content = await readFile(PATH, 'utf8');
  const engine = await SchemaEngine.new(
    { datamodels: [[PATH, content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: databaseUrl })),
  );
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [{ path: PATH, content }] },
    script: true,
    exitCode: true,
    filters: { externalTables: [], externalEnums: [] },
  });
  return stdout ?? '';
}
