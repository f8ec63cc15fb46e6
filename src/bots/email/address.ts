// Parts of a mail address, of whatever stands in one: people write capitals, and nobody writes a second @ without quoting it.

/** What follows the last @, in lower case; '' where there is none. */
export function domainOf(address: string | undefined): string {
  return address?.includes('@') ? address.slice(address.lastIndexOf('@') + 1).toLowerCase() : '';
}

/** `box@acme.dev` for `Box+token@ACME.dev`. */
export function withoutPlus(address: string): string {
  return address.toLowerCase().replace(/\+[^@]*(?=@[^@]*$)/, '');
}
