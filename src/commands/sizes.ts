// sizes: what a box can be, and what each tier allows.
import { namesIn } from '../boxes/offers.ts';
import { priceOf, priceText, regionsWith } from '../boxes/prices.ts';
import { fitsTier, gib, SIZE_NAMES, TIER_NAMES } from '../boxes/sizes.ts';
import { pricesOf } from '../store/prices.ts';
import { type Block, command, say, text } from '../threads/reply.ts';
import { defineCommand } from './command.ts';
import type { CommandContext } from './context.ts';
import { PRICE_IS_OF } from './spinup-price.ts';

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
    const costs = await priceTables(context);
    return {
      kind: 'reply',
      reply: say(sizeTable(context), ...costs, ...offers(context), tierTable(context), ...yourTier(context)),
    };
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

/** A table for each provider whose boxes cost something. */
async function priceTables({ house, tx }: CommandContext): Promise<Block[]> {
  const blocks: Block[] = [];
  for (const { name, title, prices: costs, regions } of house.providers) {
    if (costs === undefined) continue;
    const prices = await pricesOf(tx, name);
    if (prices === undefined) {
      blocks.push(text(`${title} has not told its prices yet.`));
      continue;
    }
    const rows = SIZE_NAMES.map((size) => {
      const price = priceOf(prices, house.sizes[size], regions?.unasked);
      if (price !== undefined) return [size, priceText(price)];
      const others = regions === undefined ? [] : regionsWith(prices, house.sizes[size], namesIn(regions));
      const rest = others.length === 0 ? '' : `; these regions had one: ${others.join(', ')}`;
      return [size, `no machine of this size when it was asked last${rest}`];
    });
    blocks.push({ kind: 'table', head: ['size', `costs at ${title}`], rows }, text(PRICE_IS_OF));
  }
  return blocks;
}

/** What can be named at spinup; the first is what boxes get unasked. */
function offers({ house }: CommandContext): Block[] {
  return house.providers.flatMap(({ title, regions, images }): Block[] => {
    const rows = Object.entries({ '--region': regions, '--image': images }).flatMap(([option, offer]) =>
      offer === undefined ? [] : [[option, namesIn(offer).join(', ')]],
    );
    return rows.length === 0 ? [] : [{ kind: 'table', head: ['to choose', `at ${title}`], rows }];
  });
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
