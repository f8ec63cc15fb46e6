// Fills a database with running boxes of the provider `bench`, each of an account of its own.
import type { Database } from '../src/store/database.ts';
import { newId } from '../src/store/ids.ts';

/** Running boxes of as many accounts, with what belongs to them. */
export async function populate(db: Database, boxes: number): Promise<void> {
  const ids = Array.from({ length: boxes }, () => ({ account: newId(), box: newId() }));
  for (let from = 0; from < ids.length; from += 1000) {
    const some = ids.slice(from, from + 1000);
    await db.tx.account.createMany({
      data: some.map(({ account }) => ({ id: account, name: account, timeZone: 'UTC' })),
    });
    await db.tx.accountIdentity.createMany({
      data: some.map(({ account }) => ({
        id: newId(),
        accountId: account,
        door: 'bench',
        subject: account,
        display: account,
      })),
    });
  }
  const [taken] = await db.tx.$queryRaw<{ boxes: number }[]>`SELECT count(*)::int AS boxes FROM boxes`;
  const first = 20_000 + (taken?.boxes ?? 0);
  await db.tx.$executeRaw`
    INSERT INTO boxes (id, account_id, name, provider, size, cpus, memory_mib, home_gib, pids, desired, state, host_public_key, host_private_key, ssh_port, reserved_mib, config_applied)
    SELECT t.box, t.account, 'box-' || t.n, 'bench', 'small', 2, 4096, 10, 2048, 'running', 'running', 'ssh-ed25519 AAAA', '\\x00', ${first}::int + t.n::int - 1, 4096, 1
    FROM unnest(${ids.map(({ box }) => box)}::uuid[], ${ids.map(({ account }) => account)}::uuid[]) WITH ORDINALITY AS t(box, account, n)`;
  await db.tx
    .$executeRaw`INSERT INTO ports SELECT provider, ssh_port, id FROM boxes WHERE ssh_port IS NOT NULL ON CONFLICT DO NOTHING`;
  await db.tx
    .$executeRaw`UPDATE capacity SET reserved_mib = (SELECT sum(reserved_mib) FROM boxes), next_port = ${first + boxes}::int`;
  await db.tx.$executeRawUnsafe('VACUUM ANALYZE');
}
