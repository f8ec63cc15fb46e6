// Room for one more box at a provider: memory where there is a budget, and the most boxes that the operator pays for.
import type { Size } from '../boxes/sizes.ts';
import { hasAsManyAs, takeMemory } from '../store/capacity.ts';
import { command, fail } from '../threads/reply.ts';
import { whomToAsk } from './admit.ts';
import type { CommandContext, ProviderTraits } from './context.ts';
import { Refusal } from './refusal.ts';

export async function takeRoom(
  context: CommandContext,
  provider: ProviderTraits,
  wanted: { name: string; size: Size },
): Promise<void> {
  if (!(await takeMemory(context.tx, provider.name, wanted.size.memoryMiB, provider.memoryBudgetMiB)))
    throw new Refusal(
      fail(
        `${wanted.name} was not started: the host has no room for ${wanted.size.memoryMiB} MiB more (${provider.memoryBudgetMiB} MiB for all running boxes).`,
        'Stop a box that you do not need, or try again later.',
        command('list'),
      ),
    );
  // Whoever takes memory has the provider's row until the end, so of two at once the second one counts the box of the first.
  await refuseOverMost(context, provider, wanted.name);
}

/** Binding only after `takeMemory`; before it, so that nobody is asked about the price of what is refused. */
export async function refuseOverMost(
  { tx, house, speaker }: CommandContext,
  provider: ProviderTraits,
  name: string,
): Promise<void> {
  const { title, mostBoxes } = provider;
  if (mostBoxes === undefined || !(await hasAsManyAs(tx, provider.name, mostBoxes))) return;
  const other = house.providers.find((one) => one.name !== provider.name);
  throw new Refusal(
    fail(
      `${name} was not started: this installation has all ${mostBoxes} boxes that it may have at ${title}; stopped ones count, and destroyed ones until their homes are gone.`,
      `Ask ${whomToAsk(house, speaker)} to allow more, ${other === undefined ? 'or' : `make it at ${other.title}, or`} try again when somebody has given one up:`,
      command(other === undefined ? 'list' : `spinup ${name} --provider ${other.name}`),
    ),
  );
}
