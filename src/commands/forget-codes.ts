// Codes that somebody typed are not kept: they are made unreadable in what arrived, in the transaction that reads them.
import type { Tx } from '../store/database.ts';
import { type Delivery, rewriteDelivery } from '../store/deliveries.ts';
import { HIDDEN_CODE } from '../threads/reply.ts';
import type { Param } from './command.ts';
import type { Parsed } from './parse.ts';

/** Hides the line's secret words; the other lines of the delivery stay as they are. */
export async function forgetCodes(tx: Tx, delivery: Delivery, line: string, parsed: Parsed): Promise<void> {
  if (parsed.kind !== 'command') return;
  const { params } = parsed.command;
  const codes = Object.entries(parsed.args).flatMap(([name, value]) => {
    const param = params[name];
    return param?.kind === 'word' && isSecret(param.secret, parsed.args) && typeof value === 'string' ? [value] : [];
  });
  if (codes.length === 0) return;
  const hidden = codes.reduce((text, code) => text.replaceAll(code, HIDDEN_CODE), line);
  await rewriteDelivery(
    tx,
    delivery.id,
    delivery.text.replace(line, () => hidden),
  );
}

type Secret = Extract<Param, { kind: 'word' }>['secret'];

function isSecret(secret: Secret, args: Readonly<Record<string, unknown>>): boolean {
  if (typeof secret !== 'object') return secret === true;
  return Object.entries(secret).every(([name, value]) => args[name] === value);
}
