// Finds what is known of the clouds' APIs: OpenAPI documents and recorded replies, which are not part of this repository.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const BESIDE_THE_CHECKOUT = path.resolve(import.meta.dirname, '../../../../shared');

function cloudFolder(): string {
  return path.join(process.env.SHELLBOX_CONTRACT_DATA ?? BESIDE_THE_CHECKOUT, 'cloud');
}

/** `digitalocean` → the file of its document, or undefined where the data is not there. */
export function specFile(name: string): string | undefined {
  const file = path.join(cloudFolder(), 'specs', `${name}.json`);
  return existsSync(file) ? file : undefined;
}

/** Recorded replies of one vendor by their names, `list_nodes` for `list_nodes.json`; empty where the data is not there. */
export function recordedReplies(name: string): ReadonlyMap<string, unknown> {
  const folder = path.join(cloudFolder(), 'replies', name);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  return new Map(
    files.map((file) => [path.basename(file, '.json'), JSON.parse(readFileSync(path.join(folder, file), 'utf8'))]),
  );
}
