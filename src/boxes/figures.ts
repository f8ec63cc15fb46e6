// What goes on in a running box, as figures for its owner.
import { z } from 'zod';
import { bytesText } from './text.ts';

const count = z.number().nonnegative();

export const figuresSchema = z.strictObject({
  /** Programs that wanted a processor, on average over the last minute. */
  load: count,
  memory: z.strictObject({ usedBytes: count, totalBytes: count }),
  home: z.strictObject({ usedBytes: count, totalBytes: count }).optional(),
  root: z.strictObject({ usedBytes: count, totalBytes: count }),
  /** Programs of the person's that used most processor time, most first. Their names were chosen inside the box. */
  busiest: z.array(z.strictObject({ command: z.string(), cpuMs: count })).max(3),
});
export type Figures = z.infer<typeof figuresSchema>;

/** Rows of two: `memory`, `1.2 GiB of 3.8 GiB`. Its home is not among them: of a box that is down that is known too. */
export function figureRows({ load, memory, root, busiest }: Figures, nameOf: (command: string) => string): string[][] {
  const programs = busiest.map(({ command, cpuMs }) => `${nameOf(command)} (${cpuTime(cpuMs)})`);
  return [
    ['load', load.toFixed(2)],
    ['memory', usedText(memory)],
    ['other disk', usedText(root)],
    ...(programs.length === 0 ? [] : [['busiest', programs.join(', ')]]),
  ];
}

export function usedText({ usedBytes, totalBytes }: { usedBytes: number; totalBytes: number }): string {
  return `${bytesText(usedBytes)} of ${bytesText(totalBytes)}`;
}

/** `4 s`, `12 min`, `3 h` of processor time. */
function cpuTime(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
