// exec: runs a line in a box and tells in the thread what it printed and how it ended.
import { holdByName } from './box-jobs.ts';
import { defineCommand } from './command.ts';
import { requestExec, wakeUp } from './exec-request.ts';

const DEFAULT_MINUTES = 10;
const MOST_MINUTES = 60;

export const exec = defineCommand({
  name: 'exec',
  aliases: [],
  summary: 'run a command in a box and show what it prints',
  details: `A stopped box is started first. It runs with your box's own shell, in the home, and reads nothing. It is ended after ${DEFAULT_MINUTES} minutes unless --minutes says otherwise; of much output the beginning and the end are shown. What lasts longer belongs in a session of its own: \`ssh\` and tmux.`,
  examples: ['exec mybox -- make test', 'exec mybox --minutes 30 -- ./build.sh > build.log 2>&1'],
  params: {
    box: { kind: 'box', states: ['running', 'stopped'], about: 'its name' },
    command: { kind: 'text', required: true, afterDashes: true, about: 'what to run, best behind --' },
    minutes: { kind: 'count', flag: true, minimum: 1, maximum: MOST_MINUTES, about: 'after how many it is ended' },
  },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  async run(context, { box: name, command: line, minutes = DEFAULT_MINUTES }) {
    const held = await holdByName(context, name);
    return requestExec(context, held, { line, minutes }, wakeUp);
  },
});
