// Which conversation a mail belongs to: signed tokens in our addresses and Message-IDs, so that no database is asked.
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What of a mail tells its conversation. The author is proven before; everything else is only as good as its signatures. */
export interface ThreadedMail {
  author: string;
  /** To whom it was handed over: the envelope's recipients. */
  recipients: readonly string[];
  /** Its Message-ID, or something else that is the same when the same mail comes again. */
  messageId: string;
  inReplyTo: readonly string[];
  references: readonly string[];
}

export interface Threading {
  /** `box+<token>@acme.dev`, for Reply-To. Our plain address where its local part leaves no room for a token. */
  replyAddress(key: string, recipient: string): string;
  /** `<row.token@acme.dev>`: the same for the same row. */
  messageId(row: string, key: string, recipient: string): string;
  /** The key of a conversation that we begin, made of what it is about: the same for the same. */
  keyOf(topic: string): string;
  /** The key of the conversation: that of a token made for the author, or else one of the author and the conversation's first mail. */
  threadOf(mail: ThreadedMail): string;
}

export interface ThreadingOptions {
  /** Where people write to, as in EMAIL_ADDRESS, whose local part leaves room for a token (RFC 5321 4.5.3.1.1). */
  address: string;
  /** SHELLBOX_SECRET_KEY: the key that signs is derived from it. What was signed with another secret begins a new conversation. */
  secret: Uint8Array;
}

/** 80 bits, in key and signature each: RFC 2104, 5 allows no less, and guessing goes through a proven sender's mails only. */
const PART_BYTES = 10;
const PART_LETTERS = (PART_BYTES * 8) / 5;
const TOKEN_LETTERS = PART_LETTERS * 2;
/** RFC 4648, 6, in lower case: some mail systems change case, none changes letters and digits. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const TOKEN = new RegExp(`^[a-z2-7]{${TOKEN_LETTERS}}$`);

export function createThreading({ address, secret }: ThreadingOptions): Threading {
  const at = address.lastIndexOf('@');
  const [local, domain] = [address.slice(0, at).toLowerCase(), address.slice(at + 1).toLowerCase()];
  const signingKey = new Uint8Array(hkdfSync('sha256', secret, '', 'mail threads', 32));

  function tokenOf(key: string, recipient: string): string {
    const signed = createHmac('sha256', signingKey)
      .update(`${key}\n${normalised(recipient)}`)
      .digest();
    return key + letters(signed);
  }

  /** The token's key, when it was made for this person. */
  function keyIn(token: string, author: string): string | undefined {
    if (!TOKEN.test(token)) return undefined;
    const key = token.slice(0, PART_LETTERS);
    return timingSafeEqual(Buffer.from(tokenOf(key, author)), Buffer.from(token)) ? key : undefined;
  }

  /** What stands between `before` and our domain. */
  function inAddress(value: string, before: string): string {
    const text = normalised(value);
    const ending = `@${domain}`;
    if (!text.startsWith(before) || !text.endsWith(ending)) return '';
    return text.slice(before.length, -ending.length);
  }

  return {
    replyAddress: (key, recipient) => `${local}+${tokenOf(key, recipient)}@${domain}`,
    keyOf: (topic) => letters(createHash('sha256').update(topic).digest()),
    messageId: (row, key, recipient) => `<${row}.${tokenOf(key, recipient)}@${domain}>`,
    threadOf({ author, recipients, messageId, inReplyTo, references }) {
      const inRecipients = recipients.map((recipient) => inAddress(recipient, `${local}+`));
      const inIds = [...inReplyTo, ...references.toReversed()].map((id) =>
        inAddress(bare(id), '').slice(-TOKEN_LETTERS),
      );
      for (const token of [...inRecipients, ...inIds]) {
        const key = keyIn(token, author);
        if (key !== undefined) return key;
      }
      const first = references[0] ?? inReplyTo[0] ?? messageId;
      return letters(
        createHash('sha256')
          .update(`${normalised(author)}\n${bare(first)}`)
          .digest(),
      );
    },
  };
}

function normalised(address: string): string {
  return address.trim().toLowerCase();
}

function bare(messageId: string): string {
  return messageId.trim().replace(/^<|>$/g, '');
}

/** The first 80 bits, five to a letter. */
function letters(bytes: Uint8Array): string {
  let bits = 0n;
  for (const byte of bytes.subarray(0, PART_BYTES)) bits = bits * 256n + BigInt(byte);
  let text = '';
  for (let place = 0; place < PART_LETTERS; place += 1) {
    text = `${ALPHABET[Number(bits % 32n)]}${text}`;
    bits /= 32n;
  }
  return text;
}
