// The short id of a failure that a person is shown: how it is made, shown and read again.
import { type Reply, text } from './reply.ts';

/** Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 8;
const BITS_OF_ID = 40n;
const FAILURE_ID = new RegExp(`^[${DIGITS}]{${LENGTH}}$`);

/** Eight characters from the random end of a UUIDv7: the same for the same UUID. */
export function failureIdOf(uuid: string): string {
  let value = BigInt(`0x${uuid.replaceAll('-', '')}`) & ((1n << BITS_OF_ID) - 1n);
  let id = '';
  for (let digit = 0; digit < LENGTH; digit++) {
    id = (DIGITS[Number(value & 31n)] ?? '') + id;
    value >>= 5n;
  }
  return id;
}

/** What somebody typed or read aloud, as an id; undefined when it cannot be one. Letters that look like digits count as those. */
export function readFailureId(typed: string): string | undefined {
  const id = typed.toUpperCase().replaceAll('-', '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return FAILURE_ID.test(id) ? id : undefined;
}

/** The line that ends everything that people are shown as a failure. */
export function failureLine(id: string): string {
  return `For an operator: failure ${id}`;
}

export function withFailure(reply: Reply, id: string): Reply {
  return { ...reply, blocks: [...reply.blocks, text(failureLine(id))] };
}
