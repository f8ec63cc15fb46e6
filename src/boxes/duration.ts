// Lengths of time as people write them: `4h`, `90 minutes`, `1h30m`, `2d`.

const UNIT_MINUTES = { m: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 } as const;
const PIECE = /(\d{1,6})\s*(m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])\s*/iy;

/** Whole minutes of `1h30m`; undefined when the text is not a length of time. A day is 24 hours. */
export function parseMinutes(text: string): number | undefined {
  const trimmed = text.trim();
  let minutes = 0;
  let at = 0;
  while (at < trimmed.length) {
    PIECE.lastIndex = at;
    const piece = PIECE.exec(trimmed);
    if (piece === null) return undefined;
    minutes += Number(piece[1]) * unitMinutes(piece[2] ?? '');
    at = PIECE.lastIndex;
  }
  return at === 0 ? undefined : minutes;
}

function unitMinutes(word: string): number {
  const letter = word.charAt(0).toLowerCase();
  return letter === 'm' || letter === 'h' || letter === 'd' || letter === 'w' ? UNIT_MINUTES[letter] : 0;
}

/** `90 min`, `4 h`, `1 h 30 min`, `3 days`: as it is said to people. */
export function minutesText(minutes: number): string {
  const days = minutes / UNIT_MINUTES.d;
  if (Number.isInteger(days) && days > 1) return `${days} days`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0 || (hours === 1 && rest > 0)) return `${minutes} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
