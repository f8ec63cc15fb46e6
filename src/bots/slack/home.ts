// The home tab: a person's boxes with their state, and what can be done with each.
import type { HomeView, KnownBlock } from '@slack/types';
import { STATE_SIGN } from '../../boxes/states.ts';
import type { OwnBox } from '../chat-house.ts';
import { buttonRows, type Pressable, paragraph, richText, words } from './blocks.ts';
import { HOME_BLOCKS_MAX } from './limits.ts';

const BLOCKS_A_BOX = 2;
const MOST_BOXES = Math.floor((HOME_BLOCKS_MAX - 3) / BLOCKS_A_BOX);

export function homeView(boxes: readonly OwnBox[]): HomeView {
  const shown = boxes.slice(0, MOST_BOXES);
  const blocks: KnownBlock[] = shown.flatMap((box) => [
    richText([
      paragraph(
        words(box.name, { bold: true }),
        ` · ${STATE_SIGN[box.state]} ${box.attention?.text ?? box.state} · ${box.size}`,
      ),
    ]),
    ...buttonRows(buttonsOf(box), box.id),
  ]);
  if (boxes.length === 0) blocks.push(richText([paragraph('You have no boxes yet.')]));
  if (boxes.length > shown.length) blocks.push(richText([paragraph(`… and ${boxes.length - shown.length} more.`)]));
  blocks.push(...buttonRows([{ label: 'New box', value: 'spinup', style: 'primary' }], 'new'));
  return { type: 'home', blocks };
}

function buttonsOf({ id, name, state, attention }: OwnBox): Pressable[] {
  const isDown = state === 'stopped' || state === 'error';
  return [
    ...(attention === undefined ? [] : [{ label: '4 h more', value: attention.more }]),
    isDown ? { label: 'Start', value: `start ${id}` } : { label: 'Stop', value: `stop ${id}` },
    { label: 'Connect', value: `connect ${id}` },
    { label: 'Log', value: `logs ${id}` },
    { label: 'Destroy…', value: `destroy ${id} --yes`, question: `Destroy ${name} and its home?`, style: 'danger' },
  ];
}
