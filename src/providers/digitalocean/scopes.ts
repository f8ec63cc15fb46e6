// What a token of DigitalOcean's has to be allowed, by the names of its custom scopes.

export const READ_SCOPES = ['account', 'actions', 'regions', 'sizes'] as const;
/** All that there is under these names. */
export const FULL_SCOPES = [
  'droplet',
  'block_storage',
  'block_storage_action',
  'block_storage_snapshot',
  'snapshot',
  'image',
  'ssh_key',
  'firewall',
  'tag',
] as const;

/** As the documents for operators say it. */
export const SCOPES = `${listed(READ_SCOPES)} (read); ${listed(FULL_SCOPES)} (all)`;

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
