// Text for Slack. Blocks carry it as rich text, which Slack parses for nothing; only the fallback of a message has to be escaped.
// Source: https://docs.slack.dev/messaging/formatting-message-text#escaping

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;' } as const;

/** Makes neither mentions nor links. */
export function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ENTITIES[sign as keyof typeof ENTITIES]);
}

/** Slack sends these three as entities, and nothing else. */
export function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>' })[name] ?? '');
}
