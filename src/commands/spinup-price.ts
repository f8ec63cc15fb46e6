// What a box would cost, told and confirmed before it is made.
import type { Account } from '../accounts/account.ts';
import { namesIn } from '../boxes/offers.ts';
import { type Price, priceOf, priceText, regionsWith } from '../boxes/prices.ts';
import { describeSize, type Size } from '../boxes/sizes.ts';
import { askConfirmation, CONFIRM_MINUTES } from '../store/confirmations.ts';
import { pricesOf } from '../store/prices.ts';
import { type Block, command, text } from '../threads/reply.ts';
import type { CommandResult } from './command.ts';
import type { CommandContext, ProviderTraits } from './context.ts';
import type { Place } from './spinup-place.ts';

export type Where = Place & { provider: ProviderTraits };

/** Whether somebody is to be asked before a box is made there. */
export function costs({ house }: CommandContext, provider: ProviderTraits): boolean {
  return house.asksForPrices && provider.prices !== undefined;
}

/** What a box of that size costs there, in the region that was asked for or in those that are tried unasked; undefined while nobody knows. */
export async function priceHere({ tx }: CommandContext, where: Where, size: Size): Promise<Price | undefined> {
  const { provider, region } = where;
  const prices = await pricesOf(tx, provider.name);
  return prices && priceOf(prices, size, region === null ? provider.regions?.unasked : [region]);
}

async function whyNoPrice({ tx }: CommandContext, { provider, region }: Where, size: Size): Promise<string> {
  const prices = await pricesOf(tx, provider.name);
  if (prices === undefined) return `${provider.title} has not told its prices yet; it will cost something.`;
  if (region === null)
    return `${provider.title} had no machine of this size when it was asked last, and told no price.`;
  const others = provider.regions === undefined ? [] : regionsWith(prices, size, namesIn(provider.regions));
  const rest = others.length === 0 ? 'no other region had one either' : `these had one: ${others.join(', ')}`;
  return `${region} had no machine of this size when ${provider.title} was asked last, so there is no price; ${rest}.`;
}

/** What the figures are of: the one sentence that all of them go without. */
export const PRICE_IS_OF =
  'That is for one box, its home included: by the hour while it runs, for a whole month while it is stopped.';

interface Wanted {
  name: string;
  size: Size;
  where: Where;
  /** As `priceHere` has it. */
  price: Price | undefined;
  /** The same without a question. */
  unasked: string;
  /** What is confirmed. */
  target: object;
}

export async function askPrice(
  context: CommandContext,
  account: Account,
  { name, size, where, price, unasked, target }: Wanted,
): Promise<CommandResult> {
  const { tx, secrets, now, random } = context;
  const { provider, region, image } = where;
  const told = [provider.title, region, image].filter((word) => word !== null).join(', ');
  const code = await askConfirmation(tx, secrets, {
    accountId: account.id,
    action: 'spinup',
    target,
    now,
    random,
  });
  const blocks: Block[] = [
    text(`Nothing is made yet. ${name} at ${told}: ${describeSize(size)}.`),
    text(price === undefined ? await whyNoPrice(context, where, size) : `It costs ${priceText(price)}. ${PRICE_IS_OF}`),
    { kind: 'confirm', question: `Make ${name}?`, command: `confirm ${code}`, label: `Make ${name}` },
    text(`That can be answered for ${CONFIRM_MINUTES} minutes.`),
    ...(context.door.yesConfirms ? [text(`Without a question, at whatever price: \`${unasked}\`.`)] : []),
    text('Every size and its price:'),
    command('sizes'),
  ];
  return { kind: 'reply', reply: { outcome: 'failed', blocks } };
}
