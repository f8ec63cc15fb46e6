// What a vendor offers people to choose among, by the vendor's own names: regions, images.

export interface Offer {
  /** What boxes get where nobody says anything: of these, in their order, the first that is to be had. */
  readonly unasked: readonly string[];
  /** What is had by its name alone. */
  readonly more: readonly string[];
}

export function offerOf(unasked: readonly string[], more: readonly string[] = []): Offer {
  return { unasked, more: [...new Set(more)].filter((name) => !unasked.includes(name)) };
}

export function namesIn({ unasked, more }: Offer): readonly string[] {
  return [...unasked, ...more];
}

/**
 * The one that somebody means, by the vendor's name for it. Case, blanks and signs do not matter, and whole words at its end may be left out
 * where no other one begins like that: `ubuntu-24.04` is `ubuntu-24-04-x64` and `Ubuntu 24.04`.
 */
export function meantIn(offer: Offer, typed: string): string | undefined {
  const names = namesIn(offer);
  const wanted = plain(typed);
  if (wanted === '') return undefined;
  const exact = names.find((name) => name === typed) ?? names.find((name) => plain(name) === wanted);
  if (exact !== undefined) return exact;
  const [found, ...others] = names.filter((name) => plain(name).startsWith(`${wanted}-`));
  return others.length === 0 ? found : undefined;
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
