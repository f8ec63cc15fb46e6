// What a box would cost, told and confirmed before it is made.
import type { Account } from '../accounts/account.ts';
import { priceOf, priceText } from '../boxes/prices.ts';
import { describeSize, type Size } from '../boxes/sizes.ts';
import { askConfirmation, CONFIRM_MINUTES } from '../store/confirmations.ts';
import { pricesOf } from '../store/prices.ts';
import { type Block, command, text } from '../threads/reply.ts';
import type { CommandResult } from './command.ts';
import type { CommandContext, ProviderTraits } from './context.ts';

/** Whether somebody is to be asked before a box is made there. */
export function costs({ house }: CommandContext, provider: ProviderTraits): boolean {
  return house.asksForPrices && provider.prices !== undefined;
}

/** What a box of that size costs there; null while nobody knows. */
export async function priceHere({ tx }: CommandContext, provider: ProviderTraits, size: Size): Promise<string | null> {
  const prices = await pricesOf(tx, provider.name);
  const price = prices && priceOf(prices, size);
  return price === undefined ? null : priceText(price);
}

interface Wanted {
  name: string;
  size: Size;
  provider: ProviderTraits;
  /** As `priceHere` has it. */
  price: string | null;
  /** What is confirmed. */
  target: object;
}

export async function askPrice(
  context: CommandContext,
  account: Account,
  { name, size, provider, price, target }: Wanted,
): Promise<CommandResult> {
  const { tx, secrets, now, random } = context;
  const code = await askConfirmation(tx, secrets, {
    accountId: account.id,
    action: 'spinup',
    target,
    now,
    random,
  });
  const blocks: Block[] = [
    text(`Nothing is made yet. ${name} at ${provider.title}: ${describeSize(size)}.`),
    text(
      price === null ? `${provider.title} has not told its prices yet; it will cost something.` : `It costs ${price}.`,
    ),
    { kind: 'confirm', question: `Make ${name}?`, command: `confirm ${code}`, label: `Make ${name}` },
    text(`That can be answered for ${CONFIRM_MINUTES} minutes. Every size and its price:`),
    command('sizes'),
  ];
  return { kind: 'reply', reply: { outcome: 'failed', blocks } };
}
