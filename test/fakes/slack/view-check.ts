// Checks a modal or home view as Slack does.
// Source: https://docs.slack.dev/reference/views
import { z } from 'zod';
import { type Checked, checkBlocks, complaintsOf } from './block-check.ts';
import type { Block } from './blocks.ts';
import { plainText } from './composition.ts';
import { CALLBACK_ID_MAX, PRIVATE_METADATA_MAX, VIEW_BLOCKS_MAX, VIEW_BYTES_MAX, VIEW_TITLE_MAX } from './limits.ts';

const common = {
  blocks: z.array(z.unknown()),
  private_metadata: z.string().max(PRIVATE_METADATA_MAX).default(''),
  callback_id: z.string().max(CALLBACK_ID_MAX).default(''),
  external_id: z.string().max(CALLBACK_ID_MAX).default(''),
};
const viewSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('modal'),
    title: plainText(VIEW_TITLE_MAX),
    submit: plainText(VIEW_TITLE_MAX).optional(),
    close: plainText(VIEW_TITLE_MAX).optional(),
    clear_on_close: z.boolean().default(false),
    notify_on_close: z.boolean().default(false),
    ...common,
  }),
  z.strictObject({ type: z.literal('home'), ...common }),
]);

type ParsedView = z.output<typeof viewSchema>;
type WithBlocks<V> = V extends ParsedView ? Omit<V, 'blocks'> & { blocks: Block[] } : never;
export type ViewContent = WithBlocks<ParsedView>;

export function checkView(value: unknown): Checked<ViewContent> {
  if (JSON.stringify(value).length > VIEW_BYTES_MAX) return { ok: false, complaints: ['view_too_large'] };
  const parsed = viewSchema.safeParse(value);
  if (!parsed.success) return { ok: false, complaints: complaintsOf(parsed.error, '/view', value) };
  const blocks = checkBlocks(parsed.data.blocks, VIEW_BLOCKS_MAX, '/view/blocks');
  if (!blocks.ok) return blocks;
  const view = { ...parsed.data, blocks: blocks.value };
  if (view.type === 'modal' && view.submit === undefined && view.blocks.some(({ type }) => type === 'input'))
    return { ok: false, complaints: ['missing required field: submit [json-pointer:/view]'] };
  return { ok: true, value: view };
}
