// The last line of a test run: `N passed, N failed, N skipped`, with the names of what was skipped before it.
import type { Reporter, TestModule } from 'vitest/node';

export default class Counter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    // A file that cannot be read, or whose set-up fails, has no failed test of its own.
    const broken = modules.filter(
      (module) => module.state() === 'failed' && ![...module.children.allTests('failed')].length,
    );
    for (const test of tests)
      if (test.result().state === 'skipped') process.stdout.write(`skipped: ${test.fullName}\n`);
    for (const module of broken) process.stdout.write(`failed: ${module.relativeModuleId}\n`);
    process.stdout.write(
      `${count('passed')} passed, ${count('failed') + broken.length} failed, ${count('skipped')} skipped\n`,
    );
  }
}
