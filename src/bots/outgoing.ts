// What a door is handed to send, made of a stored message: whom it answers, and their ticket in clear.
import type { SecretBox } from '../store/secretbox.ts';
import type { AskerRow, MessageRow } from '../store/threads.ts';
import { openTicket } from '../store/tickets.ts';
import type { Asker, OutgoingMessage } from './door.ts';

/** @throws ShellboxError `secret_unreadable` when a ticket was sealed with another key */
export function outgoing(message: MessageRow, secrets: SecretBox): OutgoingMessage {
  const { id, thread, kind, visibility, body } = message;
  return {
    id,
    thread,
    kind,
    visibility,
    body,
    revision: message.wanted,
    platformId: message.platformId ?? undefined,
    maybeSent: message.trying > 0,
    command: message.commandId ?? undefined,
    asker: message.asker && askerOf(message.asker, secrets),
  };
}

function askerOf({ subject, display, delivery }: AskerRow, secrets: SecretBox): Asker {
  const sealed = delivery?.ticket ?? undefined;
  const ticket = delivery && sealed && openTicket(delivery, sealed, secrets);
  return { subject, display, ticket, askedAt: delivery?.receivedAt };
}
