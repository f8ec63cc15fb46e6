// What went on in a running box when it was looked at last.
import { type Figures, figuresSchema } from '../boxes/figures.ts';
import type { Tx } from './database.ts';

export interface Looked {
  figures: Figures;
  at: Date;
}

export async function noteFigures(tx: Tx, boxId: string, { figures, at }: Looked): Promise<void> {
  await tx.$executeRaw`
    UPDATE boxes SET figures = ${JSON.stringify(figures)}::jsonb, figures_at = ${at} WHERE id = ${boxId}::uuid AND state = 'running'`;
}

/** Undefined when nobody looked into it since `since`, or a program that wrote it down in another way. */
export async function figuresSince(tx: Tx, boxId: string, since: Date): Promise<Looked | undefined> {
  const [row] = await tx.$queryRaw<{ figures: unknown; at: Date }[]>`
    SELECT figures, figures_at AS at FROM boxes WHERE id = ${boxId}::uuid AND figures_at >= ${since}`;
  const { data } = figuresSchema.safeParse(row?.figures);
  return row === undefined || data === undefined ? undefined : { figures: data, at: row.at };
}
