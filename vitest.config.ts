// Test runner settings: one process per file, so that no test can lean on another's state.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

// Hundreds of processes are started, each of which would compile the same files: half of what a start costs.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/shellbox', import.meta.url));

export default defineConfig({
  // Two files at a time: they mostly wait for servers and engines, and a machine may have two cores.
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
