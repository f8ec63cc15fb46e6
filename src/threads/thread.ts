// Where a conversation takes place: a door, its tenant, and an address that only the door reads.

export const DOOR_NAMES = ['ssh', 'slack', 'discord', 'email'] as const;
export type DoorName = (typeof DOOR_NAMES)[number];

/** JSON that only its door writes and reads. */
export type Address = { readonly [key: string]: string | number | boolean | null };

export interface ThreadRef {
  id: string;
  door: string;
  tenant: string;
  address: Address;
}
