// Discord's limits, by name and with their pages.

/** https://discord.com/developers/docs/resources/message#create-message */
export const CONTENT_MAX = 2_000;
export const EMBEDS_MAX = 10;
export const NONCE_MAX = 25;
/** "The past few minutes": the shorter, the harder for a bot. */
export const NONCE_REMEMBERED_MS = 2 * 60_000;

/** https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
export const EMBED_TITLE_MAX = 256;
export const EMBED_DESCRIPTION_MAX = 4_096;
export const EMBED_FIELDS_MAX = 25;
export const EMBED_FIELD_NAME_MAX = 256;
export const EMBED_FIELD_VALUE_MAX = 1_024;
export const EMBED_FOOTER_MAX = 2_048;
export const EMBED_AUTHOR_MAX = 256;
/** Of all embeds of a message together. */
export const EMBEDS_TOTAL_MAX = 6_000;

/** https://discord.com/developers/docs/components/reference */
export const ROWS_MAX = 5;
export const BUTTONS_IN_ROW_MAX = 5;
export const LABEL_MAX = 80;
export const CUSTOM_ID_MAX = 100;
export const SELECT_OPTIONS_MAX = 25;
export const MODAL_TITLE_MAX = 45;
export const MODAL_FIELDS_MAX = 5;

/** https://discord.com/developers/docs/interactions/application-commands */
export const COMMAND_NAME = /^[-_'\p{L}\p{N}]{1,32}$/u;
export const DESCRIPTION_MAX = 100;
export const OPTIONS_MAX = 25;
export const CHOICES_MAX = 25;
export const COMMAND_TOTAL_MAX = 8_000;

/** https://discord.com/developers/docs/interactions/receiving-and-responding */
export const ANSWER_DEADLINE_MS = 3_000;
export const TOKEN_LIFE_MS = 15 * 60_000;

/** Measured by many, promised by none: https://discord.com/developers/docs/topics/rate-limits */
export const MESSAGES_PER_WINDOW = 5;
export const WINDOW_MS = 5_000;

/** https://discord.com/developers/docs/events/gateway */
export const HEARTBEAT_MS = 41_250;
export const ATTACHMENT_BYTES_MAX = 10 * 1024 * 1024;

/** As Discord counts: code points. */
export const lengthOf = (text: string): number => [...text].length;
