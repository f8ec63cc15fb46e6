// The job that keeps a home as it is now. A worker that comes after another one adopts what that one made.
import { bytesText } from '../boxes/text.ts';
import { payloadSchema } from '../queue/queues.ts';
import { audit } from '../store/audit.ts';
import type { Job } from '../store/jobs.ts';
import { giveSnapshotUp, noteSnapshotMade, snapshotName } from '../store/snapshots.ts';
import { command, fail, say } from '../threads/reply.ts';
import { liveRefOf } from './box-spec.ts';
import type { JobHandler } from './job.ts';

/** A home of 100 GiB on a slow disk. */
const MOST_MINUTES = 60;

export const snapshotJob: JobHandler = {
  kind: 'snapshot',
  deadlineMs: MOST_MINUTES * 60_000,
  brings: 'nothing',
  title: (box) => `Keeping the home of ${box.name}`,
  async run(context) {
    const { db, job, box, provider, source, steps } = context;
    const id = wantedOf(job);
    const name = (await snapshotName(db.tx, id)) ?? '';
    const { bytes } = await steps.run(
      'snapshot',
      `snapshot ${name}`,
      (note) => provider.snapshotHome(liveRefOf(box, source.installId), id, { ...context, note }),
      (made) => `snapshot ${name}, ${bytesText(made.bytes)}`,
    );
    return {
      reply: say(
        `✓ Snapshot ${name} of ${box.name} is kept: ${bytesText(bytes)}. For a box with this home:`,
        command(`spinup --from ${name}`),
      ),
      async commit(tx) {
        if (!(await noteSnapshotMade(tx, id, bytes))) return false;
        await audit(tx, {
          actor: job.accountId,
          action: 'snapshot.made',
          target: { snapshot: id, box: box.id, job: job.id },
        });
        return true;
      },
    };
  },
  undo: (tx, job) => giveSnapshotUp(tx, job.id),
  failed: (box, problem) =>
    fail(`No snapshot of ${box.name} was kept: ${problem}`, 'To try again:', command(`snapshot create ${box.name}`)),
};

function wantedOf(job: Pick<Job, 'id' | 'payload'>): string {
  const { snapshot } = payloadSchema.parse(job.payload);
  if (snapshot === undefined) throw new Error(`job ${job.id} has no snapshot to make`);
  return snapshot;
}
