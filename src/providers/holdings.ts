// What an installation has at a provider, for its end: found, shown to the operator, and taken away.
import type { CallContext } from './provider.ts';

export const HOLDING_KINDS = ['box', 'home', 'snapshot', 'network', 'rules', 'firewall', 'key'] as const;

export interface Holding {
  kind: (typeof HOLDING_KINDS)[number];
  /** As the provider's own tools show it. */
  name: string;
}

/** Never anything of another installation: what does not carry the installation's id is neither shown nor touched. */
export interface Holdings {
  /** What people call the provider. */
  readonly title: string;
  /** Every call anew. Rejects with a ProviderError when it is not certain. */
  list(context: CallContext): Promise<readonly Holding[]>;
  /** Takes all of it away; homes and their snapshots stay whole with `keepHomes`. Of nothing is success; may be called again after any outcome. */
  remove(wanted: { keepHomes: boolean }, context: CallContext): Promise<void>;
}
