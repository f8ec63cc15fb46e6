// Makes a new box's instance, on the next port when the one it was given turns out to be another program's.
import { type BoxSpec, type CallContext, type InstanceView, ProviderError } from '../providers/provider.ts';
import { type Box, lockBox, usePort } from '../store/boxes.ts';
import { givePortBack, takePort } from '../store/capacity.ts';
import { specOf } from './box-spec.ts';
import type { JobContext } from './job.ts';

const MOST_MOVES = 5;

interface Made {
  box: Box;
  spec: BoxSpec;
}

/** Only for a box that nobody was told the port of yet: later it keeps its port until it is destroyed. */
export async function createOnFreePort(
  context: JobContext & Pick<CallContext, 'note'>,
  intended: Made,
): Promise<Made & { instance: InstanceView }> {
  const { provider, logger } = context;
  let made = intended;
  for (let moves = 0; ; moves++) {
    try {
      return { ...made, instance: await provider.create(made.spec, context) };
    } catch (error) {
      if (!(error instanceof ProviderError) || error.code !== 'port_taken' || moves === MOST_MOVES) throw error;
      logger.warn({ port: made.spec.sshPort }, 'A port of our range is used by another program; the next one is tried');
      // What was made carries the port that cannot be had.
      await provider.destroy(made.spec, context);
      made = await nextPort(context, error);
    }
  }
}

async function nextPort({ job, provider, source, tenure }: JobContext, taken: ProviderError): Promise<Made> {
  return tenure.write(async (tx) => {
    const box = await lockBox(tx, job.boxId);
    const port = box && provider.ports && (await takePort(tx, box.id, provider.name, provider.ports));
    if (box === undefined || port === undefined) throw taken;
    await givePortBack(tx, box);
    await usePort(tx, box.id, job.epoch, port);
    const moved = { ...box, sshPort: port };
    return { box: moved, spec: await specOf(tx, moved, source) };
  });
}
