// sizes: what a box can be, and what each tier allows.
import { fitsTier, gib, SIZE_NAMES, TIER_NAMES } from '../boxes/sizes.ts';
import { type Block, command, say } from '../threads/reply.ts';
import { defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';

export const sizes = defineCommand({
  name: 'sizes',
  aliases: [],
  summary: 'sizes and tiers',
  details: 'A box gets the largest size of its tier unless another one is asked for.',
  examples: ['sizes'],
  params: {},
  visibility: 'private',
  audience: 'account',
  readOnly: true,
  async run(context) {
    return { kind: 'reply', reply: say(sizeTable(context), tierTable(context), ...yourTier(context)) };
  },
});

function sizeTable({ house, account }: CommandContext): Block {
  const tier = account === undefined ? undefined : house.tiers[account.tier];
  const rows = SIZE_NAMES.map((name) => {
    const size = house.sizes[name];
    const allowed = tier === undefined ? [] : [fitsTier(size, tier, house.sizes) ? '✓' : ''];
    return [name, String(size.cpus), gib(size.memoryMiB), `${size.homeGiB} GiB`, ...allowed];
  });
  return { kind: 'table', head: ['size', 'vCPU', 'memory', 'home', ...(tier === undefined ? [] : ['yours'])], rows };
}

function tierTable({ house }: CommandContext): Block {
  const rows = TIER_NAMES.map((name) => {
    const tier = house.tiers[name];
    return [name, tier.largestSize, tier.boxes === null ? 'no limit' : String(tier.boxes)];
  });
  return { kind: 'table', head: ['tier', 'largest size', 'boxes'], rows };
}

function yourTier({ account, house }: CommandContext): (Block | string)[] {
  if (account === undefined) return [];
  const { largestSize } = house.tiers[account.tier];
  return [
    `Your tier is ${account.tier}. Stopped boxes count. To choose a size:`,
    command(`spinup mybox --size ${largestSize}`),
  ];
}
