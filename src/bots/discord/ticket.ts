// What came with an interaction and is needed to answer it for the asker's eyes alone, for as long as Discord takes it.
import { z } from 'zod';
import type { Asker } from '../door.ts';
import { TOKEN_LIFE_MS } from './limits.ts';

const ticketSchema = z.object({ application: z.string(), token: z.string() });
export type Ticket = z.infer<typeof ticketSchema>;

/** An answer that is begun must also arrive in time. */
const MARGIN_MS = 10_000;

export function ticketText(ticket: Ticket): string {
  return JSON.stringify(ticket);
}

/** Undefined when they did not ask by an interaction, or too long ago. Only this door writes tickets, so one that cannot be read is a fault of ours. */
export function validTicket({ ticket, askedAt }: Asker, now: Date): Ticket | undefined {
  if (ticket === undefined || askedAt === undefined) return undefined;
  if (now.getTime() - askedAt.getTime() > TOKEN_LIFE_MS - MARGIN_MS) return undefined;
  return ticketSchema.parse(JSON.parse(ticket));
}
