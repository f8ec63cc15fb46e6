// Declarations as the real ones have them, without what they do; the parser needs no more. Some have shapes that come later.
import { type Command, defineCommand, type Params } from '../../src/commands/command.ts';
import { helpCommand } from '../../src/commands/help.ts';
import { sizes } from '../../src/commands/sizes.ts';
import { version } from '../../src/commands/version.ts';
import { say } from '../../src/threads/reply.ts';

function declare(name: string, aliases: readonly string[], params: Params): Command {
  return defineCommand({
    name,
    aliases,
    params,
    summary: `what ${name} does`,
    examples: [name],
    visibility: 'private',
    audience: 'account',
    readOnly: true,
    run: async () => ({ kind: 'reply', reply: say('') }),
  });
}

const box = { kind: 'box', about: 'its name' } as const;

export const DECLARED: readonly Command[] = [
  declare('spinup', ['create', 'provision'], {
    name: { kind: 'newName', about: 'what to call it' },
    size: { kind: 'choice', flag: true, choices: ['small', 'medium', 'large'], about: 'as in `sizes`' },
    cpu: { kind: 'count', flag: true, minimum: 1, maximum: 64, about: 'vCPUs' },
    memory: { kind: 'memory', flag: true, minimumMiB: 256, maximumMiB: 1_048_576, about: 'memory' },
    disk: { kind: 'disk', flag: true, minimumGiB: 1, maximumGiB: 4096, about: 'home' },
    provider: { kind: 'word', flag: true, about: 'where it runs' },
  }),
  declare('start', [], { box }),
  declare('stop', [], { box }),
  declare('destroy', ['rm'], { box, yes: { kind: 'switch', about: 'do not ask' } }),
  declare('confirm', [], { code: { kind: 'word', required: true, about: 'the code' } }),
  declare('list', ['ls'], {}),
  declare('info', ['status'], { box }),
  declare('logs', [], { box }),
  declare('connect', ['ssh'], { box }),
  declare('ssh-config', [], {}),
  declare('keys', [], {
    action: { kind: 'choice', choices: ['list', 'add', 'remove'], about: 'what to do' },
    value: { kind: 'text', about: 'the key or its fingerprint' },
  }),
  declare('whoami', [], {}),
  declare('extend', [], { box, by: { kind: 'word', required: true, about: 'how long' } }),
  declare('set', [], {
    box: { ...box, optional: true },
    key: { kind: 'choice', choices: ['idle', 'timezone'], about: 'what' },
    value: { kind: 'text', about: 'to what' },
  }),
  declare('exec', [], { box, line: { kind: 'text', required: true, about: 'what to run' } }),
  sizes,
  helpCommand(() => [{ title: 'All', commands: DECLARED }]),
  version,
];
