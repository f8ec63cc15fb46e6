// Where a conversation takes place: a door, its tenant, and an address that only the door reads.

/** JSON that only its door writes and reads. */
export type Address = { readonly [key: string]: string | number | boolean | null };

export interface ThreadRef {
  id: string;
  door: string;
  tenant: string;
  address: Address;
}
