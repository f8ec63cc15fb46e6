// Encoded words of headers, `=?utf-8?Q?…?=`, as readable text (RFC 2047).

const WORD = String.raw`=\?[^?\s]{1,60}\?[bq]\?[^?\s]*\?=`;
/** Those that only a space divides belong together. */
const RUN = new RegExp(`${WORD}(?:[ \t]+${WORD})*`, 'gi');
const ENCODED_WORD = /=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi;

/** Words of an unknown character set or a broken code stay as they are. Never throws. */
export function decodeWords(text: string): string {
  return text.replace(RUN, (run) => {
    const pieces: { charset: string; bytes: Buffer[]; words: string[] }[] = [];
    for (const [word, charset = '', coding = '', coded = ''] of run.matchAll(ENCODED_WORD)) {
      const bytes = coding.toLowerCase() === 'b' ? Buffer.from(coded, 'base64') : quotedBytes(coded);
      const last = pieces.at(-1);
      // Many programs divide a long name in the middle of a character, although they should not.
      if (last?.charset === charset.toLowerCase()) {
        last.bytes.push(bytes);
        last.words.push(word);
      } else pieces.push({ charset: charset.toLowerCase(), bytes: [bytes], words: [word] });
    }
    return pieces
      .map(({ charset, bytes, words }) => decoded(Buffer.concat(bytes), charset) ?? words.join(' '))
      .join('');
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
