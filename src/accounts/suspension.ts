// What happens to the boxes of a suspended account.

/** Between saying so in a running box's thread and stopping it: time to save, and for a second thought of the operator. */
export const SUSPENSION_NOTICE_MINUTES = 10;
/** Nothing of a stopped box is removed for so long; people are told this figure. */
export const SUSPENDED_KEEP_DAYS = 30;
