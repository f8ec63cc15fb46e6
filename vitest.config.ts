// Test runner settings: one process per file, so that no test can lean on another's state.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], pool: 'forks', testTimeout: 30_000, hookTimeout: 120_000 },
});
