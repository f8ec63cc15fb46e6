// What Slack allows: sizes, times and rates, each with the page that says so.

/** https://docs.slack.dev/reference/methods/chat.postMessage: longer texts are refused here, so that nobody relies on truncation. */
export const TEXT_MAX = 40_000;
/** chat.update has answered `msg_too_long` beyond this since 2024: seratch/ChatGPT-in-Slack#102 on GitHub. */
export const UPDATE_TEXT_MAX = 4_000;
/** `msg_blocks_too_long`, measured on all blocks of a message as JSON: slackapi/bolt-js#2509 on GitHub. */
export const BLOCKS_JSON_MAX = 13_200;

/** https://docs.slack.dev/reference/block-kit/blocks */
export const MESSAGE_BLOCKS_MAX = 50;
export const VIEW_BLOCKS_MAX = 100;
export const BLOCK_ID_MAX = 255;
export const SECTION_TEXT_MAX = 3_000;
export const SECTION_FIELDS_MAX = 10;
export const SECTION_FIELD_TEXT_MAX = 2_000;
export const HEADER_TEXT_MAX = 150;
export const CONTEXT_ELEMENTS_MAX = 10;
export const CONTEXT_TEXT_MAX = 3_000;
export const ACTIONS_ELEMENTS_MAX = 25;
export const INPUT_LABEL_MAX = 2_000;
export const INPUT_HINT_MAX = 2_000;

/** Of a streamed task (https://docs.slack.dev/reference/methods/chat.appendStream); the page of the block names none. */
export const TASK_TITLE_MAX = 256;

/** https://docs.slack.dev/reference/block-kit/block-elements */
export const ACTION_ID_MAX = 255;
export const BUTTON_TEXT_MAX = 75;
export const BUTTON_VALUE_MAX = 2_000;
export const BUTTON_URL_MAX = 3_000;
export const ACCESSIBILITY_LABEL_MAX = 75;
export const OVERFLOW_OPTIONS_MAX = 5;
export const SELECT_OPTIONS_MAX = 100;
export const PLACEHOLDER_MAX = 150;
export const INPUT_LENGTH_MAX = 3_000;

/** https://docs.slack.dev/reference/block-kit/composition-objects */
export const OPTION_TEXT_MAX = 75;
export const OPTION_VALUE_MAX = 150;
export const OPTION_DESCRIPTION_MAX = 75;
export const CONFIRM_TITLE_MAX = 100;
export const CONFIRM_TEXT_MAX = 300;
export const CONFIRM_BUTTON_MAX = 30;

/** https://docs.slack.dev/reference/views */
export const VIEW_TITLE_MAX = 24;
export const PRIVATE_METADATA_MAX = 3_000;
export const CALLBACK_ID_MAX = 255;
export const VIEW_BYTES_MAX = 250 * 1024;

/** https://docs.slack.dev/interactivity/handling-user-interaction: commands, clicks and events alike. */
export const ACK_DEADLINE_MS = 3_000;
export const TRIGGER_LIFE_MS = 3_000;
export const RESPONSE_URL_USES = 5;
export const RESPONSE_URL_LIFE_MS = 30 * 60_000;

/** https://docs.slack.dev/apis/events-api#retries */
export const EVENT_RETRIES = 3;
/** https://docs.slack.dev/apis/events-api/using-socket-mode */
export const SOCKET_CONNECTIONS_MAX = 10;

/** https://docs.slack.dev/apis/web-api/rate-limits: calls in a minute by tier; posting goes by channel. */
export const CALLS_PER_MINUTE = { 2: 20, 3: 50, 4: 100 } as const;
export const POSTS_PER_SECOND = 1;
/** Slack allows "short bursts" without a number. */
export const POST_BURST = 3;

/** https://docs.slack.dev/reference/methods/conversations.history */
export const PAGE_DEFAULT = 100;
export const PAGE_MAX = 999;
