// A witness in the laboratory's database: notes each write to a box or its steps by a worker that does not hold the box's job.
import type { Laboratory } from './laboratory.ts';

/**
 * A worker is known by its connections' name, which is its process id. It may write while it holds the job's lease, and in the very
 * transaction that ends the job; whoever else does was paused or thought dead, and its job is somebody else's.
 */
export async function watchFences(lab: Pick<Laboratory, 'sql'>): Promise<void> {
  await lab.sql('CREATE TABLE unfenced (at timestamptz DEFAULT clock_timestamp(), writer text, box uuid, what text)');
  await lab.sql(`CREATE FUNCTION holds(writer text, box uuid) RETURNS boolean LANGUAGE sql AS $$
    SELECT writer NOT LIKE 'worker:%' OR EXISTS (SELECT 1 FROM jobs j WHERE j.box_id = box
      AND (j.xmin::text = (pg_current_xact_id()::text::bigint % 4294967296)::text
        OR (j.holder LIKE '%' || substr(writer, 7) || ':%' AND j.lease_until > transaction_timestamp()))) $$`);
  await lab.sql(`CREATE FUNCTION note_unfenced() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE writer text := current_setting('application_name'); box uuid;
    BEGIN
      IF TG_TABLE_NAME = 'steps' THEN SELECT box_id INTO box FROM jobs WHERE id = NEW.job_id; ELSE box := NEW.id; END IF;
      IF NOT holds(writer, box) THEN INSERT INTO unfenced (writer, box, what) VALUES (writer, box, TG_TABLE_NAME); END IF;
      RETURN NULL;
    END $$`);
  await lab.sql(`CREATE TRIGGER fenced AFTER UPDATE ON boxes FOR EACH ROW
    WHEN ((OLD.state, OLD.incarnation, OLD.endpoint_port) IS DISTINCT FROM (NEW.state, NEW.incarnation, NEW.endpoint_port))
    EXECUTE FUNCTION note_unfenced()`);
  await lab.sql('CREATE TRIGGER fenced AFTER INSERT OR UPDATE ON steps FOR EACH ROW EXECUTE FUNCTION note_unfenced()');
}

/** Writes by workers that held nothing. */
export async function unfencedWrites(lab: Pick<Laboratory, 'sql'>): Promise<object[]> {
  return lab.sql('SELECT writer, what FROM unfenced');
}
