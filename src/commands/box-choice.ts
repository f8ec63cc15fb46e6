// What somebody chose for a new box: where it runs, how large it is, when it stops, what its home is made of.
import type { Account } from '../accounts/account.ts';
import { readIdle } from '../boxes/idle-choice.ts';
import { describeSize, fitsTier, type SIZE_NAMES, type Size } from '../boxes/sizes.ts';
import type { Box } from '../store/boxes.ts';
import { command, fail, misuse } from '../threads/reply.ts';
import type { CommandContext, ProviderTraits } from './context.ts';
import type { KeptSnapshot } from './own-snapshots.ts';
import { Refusal } from './refusal.ts';

interface Figures {
  size?: (typeof SIZE_NAMES)[number] | undefined;
  cpu?: number | undefined;
  memory?: number | undefined;
  disk?: number | undefined;
}

/** The figures as typed; where none is, those of the largest size of the tier. */
export function pickSize(
  context: CommandContext,
  account: Account,
  args: Figures,
): { size: Size; sizeName: Box['size'] } {
  const tier = context.house.tiers[account.tier];
  const sizeName = args.size ?? tier.largestSize;
  const named = context.house.sizes[sizeName];
  const size = {
    cpus: args.cpu ?? named.cpus,
    memoryMiB: args.memory ?? named.memoryMiB,
    homeGiB: args.disk ?? named.homeGiB,
  };
  const isNamed = args.cpu === undefined && args.memory === undefined && args.disk === undefined;
  if (fitsTier(size, tier, context.house.sizes)) return { size, sizeName: isNamed ? sizeName : 'custom' };
  const largest = context.house.sizes[tier.largestSize];
  throw new Refusal(
    fail(
      `${describeSize(size)} is more than a ${account.tier} account may have: ${describeSize(largest)}.`,
      command('sizes'),
    ),
  );
}

/** The same wishes for a box whose home is made of a snapshot: it has to be where that lies, and not smaller. */
export function withSnapshot<W extends Figures & { provider?: string | undefined }>(
  { house }: CommandContext,
  { tier }: Account,
  wishes: W,
  { name, provider, homeGiB }: KeptSnapshot,
): W {
  if (wishes.provider !== undefined && wishes.provider.toLowerCase() !== provider)
    throw new Refusal(
      fail(
        `Snapshot ${name} lies at ${provider}, and a box with its home runs there.`,
        command(`spinup --from ${name}`),
      ),
    );
  if (wishes.disk !== undefined && wishes.disk < homeGiB)
    throw new Refusal(
      fail(
        `Snapshot ${name} is of a home of ${homeGiB} GiB, and one that is made of it cannot be smaller.`,
        command(`spinup --from ${name} --disk ${homeGiB}g`),
      ),
    );
  const named = house.sizes[wishes.size ?? house.tiers[tier].largestSize].homeGiB;
  return { ...wishes, provider, disk: wishes.disk ?? (homeGiB > named ? homeGiB : undefined) };
}

/** `instead`: what to type where there is no such one, given one that there is. */
export function pickProvider(
  { house: { providers } }: CommandContext,
  name: string | undefined,
  instead: (provider: string) => string,
): ProviderTraits {
  const provider = name === undefined ? providers[0] : providers.find((one) => one.name === name.toLowerCase());
  if (provider !== undefined) return provider;
  throw new Refusal(
    fail(
      `Boxes cannot run there. Here they can run on: ${providers.map((one) => one.name).join(', ')}.`,
      ...providers.slice(0, 1).map((one) => command(instead(one.name))),
    ),
  );
}

/** After how many unused minutes it stops; null: never. */
export function pickIdle({ house }: CommandContext, account: Account, idle: string): number | null {
  const choice = readIdle(idle, house.tiers[account.tier]);
  if (choice.ok) return choice.minutes;
  throw new Refusal(misuse(choice.problem));
}
