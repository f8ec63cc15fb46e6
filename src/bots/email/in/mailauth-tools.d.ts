// The part of mailauth's tools that its own declarations leave out.
declare module 'mailauth/lib/tools.js' {
  /** The first of the domains that aligns with the From domain; relaxed: by organisational domain (Public Suffix List). */
  export function getAlignment(fromDomain: string, domains: string[], strict?: boolean): { domain: string } | false;
}
