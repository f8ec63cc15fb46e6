// The meters of a process as Prometheus reads them: histograms and counters with few labels, never names or ids.
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Meters } from '../meters.ts';

/** Platforms want an acknowledgement within 3 s. */
const ACK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5];
/** An answer may take as long as a cloud needs. */
const FINAL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900];
const STEP_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

export function createMeters(registry: Registry): Meters {
  const registers = [registry];
  const ack = new Histogram({
    name: 'shellbox_door_ack_seconds',
    help: 'From a command being handed in by its door to its being written down, after which it is acknowledged.',
    labelNames: ['door'],
    buckets: ACK_SECONDS,
    registers,
  });
  const final = new Histogram({
    name: 'shellbox_door_final_seconds',
    help: 'From a command being written down to its final answer being taken by the platform.',
    labelNames: ['door'],
    buckets: FINAL_SECONDS,
    registers,
  });
  const messages = new Counter({
    name: 'shellbox_messages_total',
    help: 'Messages handed to platforms: sent, kept because they cannot be brought, or to be tried again.',
    labelNames: ['door', 'outcome'],
    registers,
  });
  const steps = new Histogram({
    name: 'shellbox_step_seconds',
    help: 'Steps of jobs.',
    labelNames: ['kind', 'step', 'outcome'],
    buckets: STEP_SECONDS,
    registers,
  });
  const tries = new Counter({
    name: 'shellbox_job_tries_total',
    help: 'Tries of jobs: succeeded, failed for good, or to be tried again, by the code of the error.',
    labelNames: ['kind', 'outcome', 'code'],
    registers,
  });
  return {
    arrived: (door, tookMs) => ack.observe({ door }, tookMs / 1000),
    answered: (door, tookMs) => final.observe({ door }, tookMs / 1000),
    sent: (door, outcome) => messages.inc({ door, outcome }),
    stepped: (kind, step, outcome, tookMs) => steps.observe({ kind, step, outcome }, tookMs / 1000),
    tried: (kind, outcome, code) => tries.inc({ kind, outcome, code }),
  };
}
