// The recipe's fingerprint: what decides whether an image is still the one that `image/` describes.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the base system comes from; the two give the same box. */
export const BASE_KINDS = ['registry', 'debootstrap'] as const;
export type BaseKind = (typeof BASE_KINDS)[number];

/** The label that holds the recipe's fingerprint. */
export const RECIPE_LABEL = 'shellbox.recipe';

/** The folder with the Dockerfile and what it copies. */
export const RECIPE_DIR = fileURLToPath(new URL('../../../image', import.meta.url));

export interface Recipe {
  dir: string;
  /** File names inside `dir`, sorted: the build context. */
  files: readonly string[];
  fingerprints: Readonly<Record<BaseKind, string>>;
}

/** Reads the recipe: a flat folder of small files. Fingerprints are sha256 in hex over names, contents and the base kind. */
export async function readRecipe(dir: string): Promise<Recipe> {
  const files = (await readdir(dir)).sort();
  const contents = createHash('sha256');
  for (const file of files) {
    const bytes = await readFile(join(dir, file));
    contents.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  const digest = contents.digest();
  const fingerprint = (kind: BaseKind) => createHash('sha256').update(digest).update(kind).digest('hex');
  return {
    dir,
    files,
    fingerprints: { registry: fingerprint('registry'), debootstrap: fingerprint('debootstrap') },
  };
}
