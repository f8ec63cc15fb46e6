// files.*: a place for an upload, and sharing what was uploaded.
// Source: https://docs.slack.dev/reference/methods/files.completeUploadExternal
import { z } from 'zod';
import type { Arguments } from '../arguments.ts';
import type { SlackFile } from '../files.ts';
import { complaining, SlackRefusal } from '../refusal.ts';
import type { World } from '../world.ts';
import { botOf, joinedChannel, type Method, threadFor } from './method.ts';

const scope = () => 'files:write';

export const fileMethods: readonly Method[] = [
  { name: 'files.getUploadURLExternal', tier: 4, scope, run: getUploadUrl },
  { name: 'files.completeUploadExternal', tier: 4, scope, run: completeUpload },
];

const sharedSchema = z.array(z.object({ id: z.string(), title: z.string().optional() })).min(1);

function getUploadUrl(given: Arguments, { files, origin }: World): Record<string, unknown> {
  const name = given.required('filename');
  if ((given.whole('length') ?? 0) < 1)
    throw complaining('invalid_arguments', ['must be more than 0 [json-pointer:/length]']);
  const { file, path } = files.reserve(name);
  return { upload_url: `${origin()}${path}`, file_id: file.id };
}

/** Without a channel the files are kept and nobody sees them. */
function completeUpload(given: Arguments, world: World): Record<string, unknown> {
  const asked = sharedSchema.safeParse(given.structure('files', 'invalid_arguments'));
  if (!asked.success) throw complaining('invalid_arguments', ['missing required field: files']);
  const files = asked.data.map(({ id, title }) => uploaded(id, title, world));
  if (given.text('channel_id') !== undefined) share(given, files, world);
  for (const file of files) file.shared = true;
  return { files: files.map(({ id, title }) => ({ id, title })) };
}

function share(given: Arguments, files: readonly SlackFile[], world: World): void {
  const channel = joinedChannel(given, world, 'channel_id');
  if (channel.archived) throw new SlackRefusal('is_archived');
  world.workspace.post({
    ...botOf(world.app),
    channel: channel.id,
    subtype: 'file_share',
    text: given.text('initial_comment') ?? '',
    threadTs: threadFor(given, channel, world),
    files: files.map(({ id, name, title, content }) => ({ id, name, title, size: content?.length ?? 0 })),
    route: 'files.completeUploadExternal',
  });
}

function uploaded(id: string, title: string | undefined, { files }: World): SlackFile {
  const file = files.find(id);
  if (file?.content === undefined || file.shared) throw new SlackRefusal('file_not_found');
  if (title !== undefined) file.title = title;
  return file;
}
