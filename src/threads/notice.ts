// What people are told outside their own commands, by kind.

export const NOTICE_KINDS = ['warning', 'stopped', 'error', 'recovered', 'tier', 'host', 'home'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What each is about, in a few words. */
export const NOTICE_ABOUT = {
  warning: 'a box is about to stop',
  stopped: 'a box was stopped, and why',
  error: 'a box is in error',
  recovered: 'a box is back after an error',
  tier: 'your tier was changed',
  host: 'the host of your boxes has a problem',
  home: 'the home of a destroyed box is about to go',
} as const satisfies Record<NoticeKind, string>;
