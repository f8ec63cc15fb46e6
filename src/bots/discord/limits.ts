// What Discord takes: sizes and times, each with the page that says so.

/** https://discord.com/developers/docs/resources/message#create-message */
export const CONTENT_MAX = 2_000;
export const NONCE_MAX = 25;
export const HISTORY_PAGE_MAX = 100;

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
export const EMBED_TEXT_MAX = 4_096;

/** https://discord.com/developers/docs/components/reference */
export const CUSTOM_ID_MAX = 100;
export const BUTTON_LABEL_MAX = 80;
export const BUTTONS_IN_ROW_MAX = 5;
export const ROWS_MAX = 5;
export const FIELD_LABEL_MAX = 45;
export const FIELD_ABOUT_MAX = 100;
export const SELECT_OPTIONS_MAX = 25;

/** https://discord.com/developers/docs/interactions/receiving-and-responding */
export const MODAL_TITLE_MAX = 45;
export const MODAL_FIELDS_MAX = 5;
export const AUTOCOMPLETE_MAX = 25;
export const TOKEN_LIFE_MS = 15 * 60_000;

/** https://discord.com/developers/docs/interactions/application-commands#application-command-object */
export const OPTIONS_MAX = 25;
export const CHOICES_MAX = 25;
export const DESCRIPTION_MAX = 100;

/** https://discord.com/developers/docs/resources/channel#start-thread-from-message */
export const THREAD_NAME_MAX = 100;
/** Discord puts a thread away that was silent for so long; a message brings it back. */
export const THREAD_SILENCE_MINUTES = 10_080;

/** https://discord.com/developers/docs/topics/rate-limits: five messages in five seconds a channel. */
export const CHANNEL_PACE = { burst: 4, everyMs: 1_000 } as const;
