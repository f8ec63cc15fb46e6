// Where a new box lies and what it is made of, where people say so: by names that its provider offers.
import { meantIn, namesIn, type Offer } from '../boxes/offers.ts';
import { type Block, command, fail, text } from '../threads/reply.ts';
import { shown } from '../threads/shown.ts';
import type { House, ProviderTraits } from './context.ts';
import type { KeptSnapshot } from './own-snapshots.ts';
import { Refusal } from './refusal.ts';
import { nearest } from './suggest.ts';

/** By the provider's names; null leaves it to the provider. */
export interface Place {
  region: string | null;
  image: string | null;
}

const KINDS = {
  region: { none: 'have no regions', offerOf: ({ regions }: ProviderTraits) => regions },
  image: { none: 'have no images to choose from', offerOf: ({ images }: ProviderTraits) => images },
} as const;
type Kind = keyof typeof KINDS;
type Names = { [K in Kind]?: string | undefined };

interface Asked {
  provider: ProviderTraits;
  names: Names;
  /** What its home is made of, and lies where that does. */
  snapshot: KeptSnapshot | undefined;
  /** The line that was typed, with these options in place of its own. */
  instead: (options: Names & { provider?: string }) => string;
}

export function pickPlace(house: Pick<House, 'providers'>, asked: Asked): Place {
  const { snapshot, instead } = asked;
  const [region, image] = [pick(house, asked, 'region'), pick(house, asked, 'image')];
  const lies = snapshot?.region ?? null;
  if (region === null || lies === null || region === lies) return { region: lies ?? region, image };
  throw new Refusal(
    fail(
      `Snapshot ${snapshot?.name} lies in ${lies}, and a home that is made of it stays there.`,
      command(instead({ region: undefined })),
    ),
  );
}

function pick({ providers }: Pick<House, 'providers'>, asked: Asked, kind: Kind): string | null {
  const { provider, names, snapshot, instead } = asked;
  const typed = names[kind];
  if (typed === undefined) return null;
  const meantAt = (one: ProviderTraits): string | undefined => {
    const offer = KINDS[kind].offerOf(one);
    return offer && meantIn(offer, typed);
  };
  const found = meantAt(provider);
  if (found !== undefined) return found;
  // A home that is made of a snapshot cannot be elsewhere.
  const other = snapshot === undefined ? providers.find((one) => meantAt(one) !== undefined) : undefined;
  if (other !== undefined)
    throw new Refusal(
      fail(
        `${provider.title} has no ${kind} ${shown(typed)}; ${other.title} has.`,
        command(instead({ provider: other.name, [kind]: meantAt(other) })),
      ),
    );
  const offer = KINDS[kind].offerOf(provider);
  const blocks = offer === undefined ? notThere(asked, kind) : notOffered(asked, { kind, typed, offer });
  throw new Refusal(fail(...blocks));
}

function notThere({ provider, instead }: Asked, kind: Kind): Block[] {
  return [text(`Boxes of ${provider.title} ${KINDS[kind].none}. Without it:`), command(instead({ [kind]: undefined }))];
}

function notOffered({ provider, instead }: Asked, asked: { kind: Kind; typed: string; offer: Offer }): Block[] {
  const { kind, typed, offer } = asked;
  const names = namesIn(offer);
  const meant = nearest(typed, names);
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return [
    text(`${provider.title} has no ${kind} ${shown(typed)} here.${question} There are: ${names.join(', ')}.`),
    command(instead({ [kind]: meant ?? names[0] })),
  ];
}
