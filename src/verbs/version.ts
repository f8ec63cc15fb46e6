// version: which Shellbox this is, and what runs it.
import type { Verb } from './verb.ts';

export const version: Verb = {
  name: 'version',
  summary: 'print the version',
  forms: [''],
  details: [],
  async run(_words, around) {
    around.out(`shellbox ${around.version} (Node ${process.versions.node}, ${process.platform} ${process.arch})`);
    return 0;
  },
};
