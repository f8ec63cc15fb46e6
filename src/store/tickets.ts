// Tickets: what a platform wants to be shown for a private answer, encrypted for as long as it is stored.
import type { Arrival } from '../threads/arrival.ts';
import type { SecretBox } from './secretbox.ts';

type Whose = Pick<Arrival, 'door' | 'tenant' | 'deliveryId'>;

/** What a delivery's ticket is bound to. */
const purposeOf = ({ door, tenant, deliveryId }: Whose): string => `deliveries:${door}:${tenant}:${deliveryId}`;

/** The arrival as it is written down: its ticket sealed, in base64. */
export function withSealedTicket(arrival: Arrival, secrets: SecretBox): Arrival {
  const { ticket } = arrival;
  if (ticket === undefined) return arrival;
  return { ...arrival, ticket: Buffer.from(secrets.seal(ticket, purposeOf(arrival))).toString('base64') };
}

/** @throws ShellboxError `secret_unreadable` when it was sealed with another key, or for another delivery */
export function openTicket(delivery: Whose, sealed: Uint8Array, secrets: SecretBox): string {
  return secrets.open(sealed, purposeOf(delivery));
}
