// A message as Discord's REST takes it and gives it back.
import { z } from 'zod';
import type { Content } from './render.ts';

export const postedSchema = z.object({
  id: z.string(),
  content: z.string().default(''),
  embeds: z.array(z.object({ description: z.string().optional() })).default([]),
});
type Posted = z.infer<typeof postedSchema>;

/** Nobody is pinged, whatever is in the text. */
export const NEUTRAL = { allowed_mentions: { parse: [] } } as const;
const FILE_NAME = 'shellbox.txt';

export function bodyOf({ content, embeds, components }: Content): object {
  return { content, embeds, components, ...NEUTRAL };
}

export function fileOf({ file }: Content): { file?: { name: string; text: string } } {
  return file === undefined ? {} : { file: { name: FILE_NAME, text: file } };
}

/** Whether it is this content that Discord has, and not an earlier form of it. */
export function saysTheSame(original: Posted, { content, embeds }: Content): boolean {
  return [original.content, original.embeds[0]?.description ?? ''].every(
    (said, place) => said.trim() === [content, embeds[0]?.description ?? ''][place]?.trim(),
  );
}
