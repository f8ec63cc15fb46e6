// What Slack takes: sizes and times, each with the page that says so.

/** https://docs.slack.dev/reference/block-kit/blocks */
export const BLOCKS_MAX = 50;
export const HOME_BLOCKS_MAX = 100;
export const ACTIONS_MAX = 25;

/**
 * https://docs.slack.dev/reference/block-kit/blocks/plan-block names no limits. A streamed task takes 256 characters; with these, a whole
 * plan stays below BLOCKS_JSON_MAX whatever is in it.
 */
export const TASK_TITLE_MAX = 200;
export const TASKS_MAX = 25;

/** https://docs.slack.dev/reference/block-kit/block-elements */
export const BUTTON_TEXT_MAX = 75;
export const BUTTON_VALUE_MAX = 2_000;
export const PLACEHOLDER_MAX = 150;

/** https://docs.slack.dev/reference/block-kit/composition-objects */
export const CONFIRM_TITLE_MAX = 100;
export const CONFIRM_TEXT_MAX = 300;
export const CONFIRM_BUTTON_MAX = 30;
export const OPTION_TEXT_MAX = 75;

/** https://docs.slack.dev/reference/views */
export const VIEW_TITLE_MAX = 24;
export const INPUT_LABEL_MAX = 2_000;

/** chat.update answers `msg_too_long` beyond this; posts take more, but a message may be edited later. */
export const TEXT_MAX = 4_000;
/** `msg_blocks_too_long`: all blocks of a message as JSON have to stay below 13,200 (slackapi/bolt-js#2509). */
export const BLOCKS_JSON_MAX = 13_000;

/** https://docs.slack.dev/interactivity/handling-user-interaction */
export const RESPONSE_URL_LIFE_MS = 30 * 60_000;

/** https://docs.slack.dev/authentication/verifying-requests-from-slack: older requests are replays. */
export const REQUEST_AGE_MAX_S = 5 * 60;
/** Clocks differ by less. */
export const REQUEST_AHEAD_MAX_S = 60;
/** Slack names no size. A message of 40,000 characters, the longest there is, comes twice, as text and as blocks, with six bytes for a letter. */
export const REQUEST_BYTES_MAX = 512 * 1024;
/** Slack itself waits no longer for the answer. https://docs.slack.dev/apis/events-api */
export const REQUEST_MS = 3_000;

/** https://docs.slack.dev/apis/web-api/rate-limits: about one message a second in a channel, with short bursts. */
export const CHANNEL_PACE = { burst: 3, everyMs: 1_000 } as const;
