// What an installation keeps about itself: its id and its own keys, the latter encrypted.
import type { Tx } from './database.ts';
import type { SecretBox } from './secretbox.ts';

/** The stored value, or the one that `make` yields, stored; two processes that start at once agree on one. */
export async function settingOrNew(tx: Tx, key: string, make: () => string): Promise<string> {
  const found = await tx.setting.findUnique({ where: { key } });
  if (found?.value) return found.value;
  await tx.setting.createMany({ data: [{ key, value: make() }], skipDuplicates: true });
  return (await tx.setting.findUniqueOrThrow({ where: { key } })).value ?? '';
}

/** The same for a secret; `secret_unreadable` when the key is not the one it was stored with. */
export async function secretOrNew(tx: Tx, key: string, secrets: SecretBox, make: () => string): Promise<string> {
  const purpose = `settings:${key}`;
  const found = await tx.setting.findUnique({ where: { key } });
  if (found?.secret) return secrets.open(found.secret, purpose);
  await tx.setting.createMany({ data: [{ key, secret: secrets.seal(make(), purpose) }], skipDuplicates: true });
  const stored = await tx.setting.findUniqueOrThrow({ where: { key } });
  return secrets.open(stored.secret ?? new Uint8Array(), purpose);
}
