// What a new box sets up in the background: followed after people may log in, and told in the box's first reply.
import type { Endpoint } from '../boxes/endpoint.ts';
import { type BoxSpec, ProviderError } from '../providers/provider.ts';
import type { Box } from '../store/boxes.ts';
import { type Block, code, command, text } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import { specOf } from './box-spec.ts';
import { type Up, writeRunning } from './bring-up.ts';
import type { JobContext } from './job.ts';
import { createOutput } from './output.ts';

const LONGEST_LINE = 80;
const LABEL = 'tools set up; you can log in already';

/** A box that people may use. */
export interface LetIn {
  box: Box;
  spec: BoxSpec;
  endpoint: Endpoint;
}

/** The box runs from here on, whatever becomes of its tools. */
export async function letIn(context: JobContext, up: Up, action: string): Promise<void> {
  if (await context.tenure.write((tx) => writeRunning(tx, context, up, action))) return;
  throw new ProviderError('invalid', `${up.box.name} changed while it was worked on.`);
}

/** The box of a worker that was lost while it followed; undefined where none came as far. */
export async function letInBefore({ box, db, source }: JobContext): Promise<LetIn | undefined> {
  const { endpointHost: host, endpointPort: port } = box;
  if (box.state !== 'running' || host === null || port === null) return undefined;
  return { box, spec: await specOf(db.tx, box, source), endpoint: { host, port } };
}

/** What is to be said of it: nothing where all went well. */
export async function followSetup(context: JobContext, { box, spec, endpoint }: LetIn): Promise<Block[]> {
  const setup = await context.steps.run('setup', LABEL, (note) =>
    context.provider.followSetup(spec, endpoint, {
      ...context,
      // Whatever is printed in a box is anybody's words.
      note: (line) => note(shown(line, LONGEST_LINE)),
    }),
  );
  if (setup.state === 'ready') return [];
  const how = setup.state === 'failed' ? 'could not be set up' : 'are not set up yet';
  const output = createOutput();
  output.add(Buffer.from(setup.log));
  return [
    text(`Its tools ${how}; the box works without them. What was said last:`),
    code(output.text() || 'nothing'),
    command(`logs ${box.name} --file /var/log/shellbox-setup.log`),
  ];
}
