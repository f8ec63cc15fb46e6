// What Prometheus reads: the process's own figures, the release, and what each part says of itself.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Meters } from '../meters.ts';
import { createMeters } from './meters.ts';

export interface Metrics {
  readonly contentType: string;
  /** What this process counts while it works. */
  readonly meters: Meters;
  text(): Promise<string>;
  /** A figure that is asked for at each scrape; a label value for each key of the answer when `label` is named. */
  gauge(figure: { name: string; help: string; label?: string; read: () => Figures | Promise<Figures> }): void;
  /** The same with several labels. What cannot be read is left out, and does not spoil the scrape. */
  rows(figure: {
    name: string;
    help: string;
    labels: readonly string[];
    read: () => Promise<readonly FigureRow[]>;
  }): void;
  /** What only grows while the process lives, by a label's value. */
  counter(figure: { name: string; help: string; label: string; read: () => ReadonlyMap<string, number> }): void;
}

type Figures = number | Readonly<Record<string, number>>;

export interface FigureRow {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** A registry of its own, so that two services in one process (as in tests) do not meet. */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: 'shellbox_info',
    help: 'The release that runs.',
    labelNames: ['version', 'node'],
    registers: [registry],
  });
  info.set({ version, node: process.version }, 1);
  return {
    contentType: registry.contentType,
    meters: createMeters(registry),
    text: () => registry.metrics(),
    gauge({ name, help, label, read }) {
      new Gauge({
        name,
        help,
        labelNames: label === undefined ? [] : [label],
        registers: [registry],
        async collect() {
          const figures = await read();
          if (typeof figures === 'number' || label === undefined) return this.set(Number(figures));
          for (const [value, figure] of Object.entries(figures)) this.set({ [label]: value }, figure);
        },
      });
    },
    rows({ name, help, labels, read }) {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [registry],
        async collect() {
          // Prometheus takes a series that is missing for what it is, and one that stays for the truth.
          const rows = await read().catch(() => []);
          this.reset();
          if (labels.length === 0 && rows.length === 0) this.remove();
          for (const row of rows) this.set({ ...row.labels }, row.value);
        },
      });
    },
    counter({ name, help, label, read }) {
      new Counter({
        name,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          this.reset();
          for (const [value, count] of read()) this.inc({ [label]: value }, count);
        },
      });
    },
  };
}
