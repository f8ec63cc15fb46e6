// What a person types, as the client sends it: mark-up in the text, and a rich text block beside it.
import { randomUUID } from 'node:crypto';
import type { Content } from './message.ts';
import { NAMED, typed } from './mrkdwn.ts';
import type { RichTextInline } from './rich-text.ts';
import type { World } from './world.ts';

const BLOCK_ID_LENGTH = 5;

/** `@shellbox`, `@ana` and `#dev` become mentions of whoever has that name. */
export function written(text: string, { workspace, app }: World): Content {
  const ids = new Map<string, string>([
    ...workspace.people().map(({ name, id }): [string, string] => [`@${name.toLowerCase()}`, id]),
    ...workspace.channels().map(({ name, id }): [string, string] => [`#${name}`, id]),
    [`@${app.name.toLowerCase()}`, app.botUserId],
  ]);
  const elements = text
    .split(NAMED)
    .filter((piece) => piece !== '')
    .map((piece) => inline(piece, ids.get(piece.toLowerCase())));
  return {
    text: typed(text, ids),
    blocks: [
      {
        type: 'rich_text',
        block_id: randomUUID().slice(0, BLOCK_ID_LENGTH),
        elements: [{ type: 'rich_text_section', elements }],
      },
    ],
  };
}

function inline(piece: string, id: string | undefined): RichTextInline {
  if (id === undefined) return { type: 'text', text: piece };
  return piece.startsWith('@') ? { type: 'user', user_id: id } : { type: 'channel', channel_id: id };
}
