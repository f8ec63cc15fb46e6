// The dialog that each person has open.
import type { Modal } from './content.ts';
import type { Interaction } from './interactions.ts';

export interface OpenModal {
  modal: Modal;
  /** The click or command that it answered. */
  from: Interaction;
}

export interface Modals {
  open(from: Interaction, modal: Modal): void;
  of(personId: string): OpenModal | undefined;
  close(personId: string): void;
}

export function createModals(): Modals {
  const open = new Map<string, OpenModal>();
  return {
    open: (from, modal) => void open.set(from.person.id, { modal, from }),
    of: (personId) => open.get(personId),
    close: (personId) => void open.delete(personId),
  };
}
