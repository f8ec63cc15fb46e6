// Encoded words of headers, `=?utf-8?Q?…?=`, as readable text (RFC 2047).

const ENCODED_WORD = /=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi;
const BETWEEN_ENCODED_WORDS = /(\?=)[ \t]+(?==\?[^?\s]{1,60}\?[bq]\?)/gi;

/** Words of an unknown character set or a broken code stay as they are. Never throws. */
export function decodeWords(text: string): string {
  return text
    .replace(BETWEEN_ENCODED_WORDS, '$1')
    .replace(ENCODED_WORD, (word, charset: string, coding: string, coded: string) => {
      const bytes = coding.toLowerCase() === 'b' ? Buffer.from(coded, 'base64') : quotedBytes(coded);
      return decoded(bytes, charset) ?? word;
    });
}

function decoded(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}

function quotedBytes(coded: string): Buffer {
  const plain = coded
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}
