// doctor's look at where boxes run: what a provider finds of itself, each finding with its name.
import type { Provider } from '../providers/provider.ts';
import type { Finding } from './finding.ts';

/** Never rejects, as a provider's check does not. */
export async function providerFindings(
  { title, check }: Pick<Provider, 'title' | 'check'>,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { ok, findings } = await check({ signal });
  // What makes boxes impossible is in `ok`; the rest is said, too, and is no fault of the service.
  return findings.map((finding) => ({ ...finding, what: named(title, finding.what), isMinor: ok }));
}

/** A vendor's refusals begin with its name already. */
function named(title: string, what: string): string {
  return what.startsWith(title) ? what : `${title}: ${what}`;
}
