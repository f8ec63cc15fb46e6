// What providers cost, as it was heard last.
import { type Prices, pricesSchema } from '../boxes/prices.ts';
import type { Tx } from './database.ts';

const keyOf = (provider: string): string => `prices:${provider}`;

export async function notePrices(tx: Tx, provider: string, prices: Prices): Promise<void> {
  const value = JSON.stringify(prices);
  await tx.setting.upsert({
    where: { key: keyOf(provider) },
    create: { key: keyOf(provider), value },
    update: { value },
  });
}

/** Undefined when they were never heard, or by a program that wrote them in another way. */
export async function pricesOf(tx: Tx, provider: string): Promise<Prices | undefined> {
  const row = await tx.setting.findUnique({ where: { key: keyOf(provider) } });
  if (row?.value == null) return undefined;
  return pricesSchema.safeParse(JSON.parse(row.value)).data;
}
