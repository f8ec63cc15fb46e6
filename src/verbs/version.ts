// version: which Shellbox this is, and what runs it.
import type { Run } from './verb.ts';

export const runVersion: Run = async (_words, around) => {
  around.out(`shellbox ${around.version} (Node ${process.versions.node}, ${process.platform} ${process.arch})`);
  return 0;
};
