// Whether a private key came along as a file, which nobody opens: found by the first lines of one.

const PLAIN = Buffer.from('-----BEGIN ');
/** The same at the beginning of a part in base64, with the letters that all of them share. */
const ENCODED = Buffer.from('LS0tLS1CRUdJTi');
/** With a line of its body: an answer that is quoted shows the head alone. */
const KEY = /^-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----\r?\n(?:[A-Za-z0-9+/=]{16,}|[A-Za-z-]{4,20}: )/;
const LONGEST_BEGINNING = 160;
const LF = 0x0a;
/** So many places that look like one are looked at; a mail full of them is none that a person wrote. */
const MOST_LOOKS = 1_000;

/** Of the raw bytes of a mail, in whatever part of it, or of a file. Takes time in proportion to them. */
export function holdsPrivateKey(bytes: Buffer): boolean {
  const plain = (at: number): string => bytes.toString('latin1', at, at + LONGEST_BEGINNING);
  return (
    anyLine(bytes, PLAIN, (at) => KEY.test(plain(at))) ||
    anyLine(bytes, ENCODED, (at) => KEY.test(Buffer.from(plain(at), 'base64').toString('latin1')))
  );
}

function anyLine(bytes: Buffer, mark: Buffer, isKey: (at: number) => boolean): boolean {
  let at = bytes.indexOf(mark);
  for (let looks = 0; at >= 0 && looks < MOST_LOOKS; looks++) {
    if ((at === 0 || bytes[at - 1] === LF) && isKey(at)) return true;
    at = bytes.indexOf(mark, at + 1);
  }
  return false;
}
