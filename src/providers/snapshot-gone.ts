// What is said, wherever homes lie, when the snapshot that one was to be made of is not there any more.
import { ProviderError } from './provider.ts';

export function snapshotGone(): ProviderError {
  return new ProviderError('snapshot_gone', 'The snapshot is gone.', {
    remedy: 'Destroy the box; "snapshot list" shows what another can be made of.',
    remedyFor: 'everybody',
  });
}
