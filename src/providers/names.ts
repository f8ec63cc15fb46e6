// The names of what is made at providers, and what they say: for clouds where a name is the only mark there is.

export interface InstanceMark {
  installId: string;
  boxId: string;
  incarnation: number;
}

const INSTALL_ID = '[a-z][a-z0-9]{7}';
/** As `shortId` writes it: 130 bits for 128, so the first character is below 8. */
const SHORT_ID = '[0-7][0-9a-hjkmnp-tv-z]{25}';
const INSTANCE = new RegExp(`^sb-(${INSTALL_ID})-(${SHORT_ID})-(0|[1-9][0-9]{0,14})$`);
const KEPT = new RegExp(`^sb-(${INSTALL_ID})-(${SHORT_ID})$`);
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

/** `sb-<install>-<box id in base 32, 26 characters>-<incarnation>`. */
export function instanceName(installId: string, boxId: string, incarnation: number): string {
  return `sb-${installId}-${shortId(boxId)}-${incarnation}`;
}

/** A UUID as 26 characters of Crockford's base 32, lower case: short enough for host names, still unique. */
export function shortId(uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let text = '';
  for (let digit = 0; digit < 26; digit++) {
    text = (BASE32[Number(value & 31n)] ?? '') + text;
    value >>= 5n;
  }
  return text;
}

/** The inverse of `instanceName`; undefined for every text that it cannot have written. */
export function parseInstanceName(name: string): InstanceMark | undefined {
  const [, installId, short, count] = INSTANCE.exec(name) ?? [];
  if (installId === undefined || short === undefined || count === undefined) return undefined;
  const mark = { installId, boxId: uuidOf(short), incarnation: Number(count) };
  return instanceName(mark.installId, mark.boxId, mark.incarnation) === name ? mark : undefined;
}

/** `sb-<install>-<uuid in base 32>`: the name of what outlives instances. The UUID is that of the box, or of the snapshot. */
export function keptName(installId: string, uuid: string): string {
  return `sb-${installId}-${shortId(uuid)}`;
}

/** The inverse of `keptName`. */
export function parseKeptName(name: string): { installId: string; uuid: string } | undefined {
  const [, installId, short] = KEPT.exec(name) ?? [];
  if (installId === undefined || short === undefined) return undefined;
  return { installId, uuid: uuidOf(short) };
}

function uuidOf(short: string): string {
  let value = 0n;
  for (const character of short) value = (value << 5n) | BigInt(BASE32.indexOf(character));
  const hex = value.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
