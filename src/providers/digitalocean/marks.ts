// The names and tags by which what belongs to an installation is known at DigitalOcean.
import { type InstanceMark, keptName, parseInstanceName } from '../names.ts';

// A tag is made of letters, digits, `:`, `-` and `_`. Source: https://docs.digitalocean.com/reference/api/reference/tags/
const MARK = 'shellbox';
const PREFIXES = {
  installId: 'sb-install-',
  boxId: 'sb-box-',
  incarnation: 'sb-incarnation-',
  snapshotId: 'sb-snapshot-',
};
type Kind = keyof typeof PREFIXES;

export type Marks = Partial<Record<Kind, string>>;

export const installTag = (installId: string): string => PREFIXES.installId + installId;
/** Of the firewall and of the key. */
export const belongingName = (installId: string): string => `shellbox-${installId}`;

export function tagsOf(marks: Readonly<Partial<Record<Kind, string | number>>>): string[] {
  const kinds = Object.keys(PREFIXES) as Kind[];
  return [MARK, ...kinds.flatMap((kind) => (marks[kind] === undefined ? [] : [`${PREFIXES[kind]}${marks[kind]}`]))];
}

/** One of each kind at most; anything that has two of a kind is not ours to judge, and has no marks. */
function marksIn(tags: readonly string[]): Marks {
  const marks: Marks = {};
  for (const [kind, prefix] of Object.entries(PREFIXES) as [Kind, string][]) {
    const found = tags.filter((tag) => tag.startsWith(prefix));
    if (found.length > 1) return {};
    const [only] = found;
    if (only !== undefined) marks[kind] = only.slice(prefix.length);
  }
  return marks;
}

/** The marks of a machine whose tags are whole and agree with its name. */
export function machineOf(name: string, tags: readonly string[]): InstanceMark | undefined {
  const named = parseInstanceName(name);
  const { installId, boxId, incarnation } = marksIn(tags);
  if (named?.installId !== installId || named?.boxId !== boxId) return undefined;
  return String(named?.incarnation) === incarnation ? named : undefined;
}

/** The same, of a volume. */
export function volumeOf(name: string, tags: readonly string[]): { installId: string; boxId: string } | undefined {
  const { installId, boxId } = marksIn(tags);
  if (installId === undefined || boxId === undefined || !UUID.test(boxId)) return undefined;
  return keptName(installId, boxId) === name ? { installId, boxId } : undefined;
}

/** The same, of a snapshot. */
export function snapshotOf(
  name: string,
  tags: readonly string[],
): { installId: string; boxId: string; snapshotId: string } | undefined {
  const { installId, boxId, snapshotId } = marksIn(tags);
  if (installId === undefined || boxId === undefined || snapshotId === undefined) return undefined;
  if (!UUID.test(boxId) || !UUID.test(snapshotId)) return undefined;
  return keptName(installId, snapshotId) === name ? { installId, boxId, snapshotId } : undefined;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
