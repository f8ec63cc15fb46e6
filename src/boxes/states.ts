// The life of a box: its states, what people want of it, and the one table of legal transitions.

export const BOX_STATES = [
  'requested',
  'provisioning',
  'starting',
  'running',
  'stopping',
  'stopped',
  'error',
  'destroying',
  'destroyed',
] as const;
export type BoxState = (typeof BOX_STATES)[number];

export const DESIRED_STATES = ['running', 'stopped', 'destroyed'] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

/**
 * Where each state may go. Destroying is legal from every state but destroyed; `error` is left by a retry or by destroy. A destroyed box
 * comes back as a stopped one, and only by being asked for while its home is kept: no job moves it.
 */
export const TRANSITIONS = {
  requested: ['provisioning', 'error', 'destroying'],
  provisioning: ['running', 'error', 'destroying'],
  starting: ['running', 'error', 'destroying'],
  running: ['starting', 'stopping', 'stopped', 'error', 'destroying'],
  stopping: ['stopped', 'error', 'destroying'],
  stopped: ['starting', 'error', 'destroying'],
  error: ['provisioning', 'starting', 'stopping', 'destroying'],
  destroying: ['destroyed', 'error'],
  destroyed: ['stopped'],
} as const satisfies Record<BoxState, readonly BoxState[]>;

/** Every state from which `to` may be entered: the guard of a write, as `WHERE state IN (…)`. */
export function statesBefore(to: BoxState): BoxState[] {
  return BOX_STATES.filter((from) => (TRANSITIONS[from] as readonly BoxState[]).includes(to));
}

/** ● running, ○ working on it, ◌ stopped, ✗ in error. */
export const STATE_SIGN = {
  requested: '○',
  provisioning: '○',
  starting: '○',
  running: '●',
  stopping: '○',
  stopped: '◌',
  error: '✗',
  destroying: '○',
  destroyed: '◌',
} as const satisfies Record<BoxState, string>;
