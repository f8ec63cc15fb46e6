// Codes that somebody typed are not kept: they are made unreadable in what arrived, in the transaction that reads them.
import type { Tx } from '../store/database.ts';
import { type Delivery, rewriteDelivery } from '../store/deliveries.ts';
import { HIDDEN_CODE } from '../threads/reply.ts';
import type { Parsed } from './parse.ts';

/** Hides the line's secret words, and resolves with the line as it is kept; the other lines of the delivery stay as they are. */
export async function forgetCodes(tx: Tx, delivery: Delivery, line: string, parsed: Parsed): Promise<string> {
  if (parsed.kind !== 'command') return line;
  const { params } = parsed.command;
  const codes = Object.entries(parsed.args).flatMap(([name, value]) => {
    const param = params[name];
    return param?.kind === 'word' && param.secret === true && typeof value === 'string' ? [value] : [];
  });
  if (codes.length === 0) return line;
  const isPlain = codes.every((code) => line.includes(code));
  // What was written in another way, in pieces or in quotes, is not looked for: the whole line goes.
  const hidden = isPlain
    ? codes.reduce((text, code) => text.replaceAll(code, HIDDEN_CODE), line)
    : `${parsed.command.name} ${HIDDEN_CODE}`;
  await rewriteDelivery(tx, delivery.id, withLine(delivery, hidden));
  return hidden;
}

/** The delivery's text with another line in place of the one that is being handled. */
function withLine({ text, handled }: Delivery, line: string): string {
  let ordinal = -1;
  return text
    .split('\n')
    .map((own) => {
      if (own.trim() !== '') ordinal += 1;
      return ordinal === handled && own.trim() !== '' ? line : own;
    })
    .join('\n');
}
