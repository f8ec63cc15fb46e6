// A witness inside the database: writes down every change of a box's state, whoever makes it, to be held against the table afterwards.
import { TRANSITIONS } from '../../src/boxes/states.ts';

type Sql = <T extends object>(text: string, values?: unknown[]) => Promise<T[]>;

export async function watchTransitions(sql: Sql): Promise<void> {
  await sql('CREATE TABLE seen_transitions (box uuid, before text, after text)');
  await sql(`CREATE FUNCTION note_transition() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO seen_transitions VALUES (NEW.id, OLD.state, NEW.state); RETURN NULL; END $$`);
  await sql(`CREATE TRIGGER seen AFTER UPDATE ON boxes FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION note_transition()`);
}

/** What happened and the table does not allow, and how many changes there were. */
export async function illegalTransitions(sql: Sql): Promise<{ seen: number; illegal: string[] }> {
  const rows = await sql<{ before: string; after: string }>('SELECT before, after FROM seen_transitions');
  const legal = new Set(Object.entries(TRANSITIONS).flatMap(([from, to]) => to.map((state) => `${from} → ${state}`)));
  const illegal = rows.map(({ before, after }) => `${before} → ${after}`).filter((change) => !legal.has(change));
  return { seen: rows.length, illegal };
}
