// How replies and progress are written for a terminal or a pipe.
import { describe, expect, it } from 'vitest';
import { commandLine, type RenderView, renderProgress, renderReply } from '../../../src/bots/ssh/render.ts';
import { code, command, fail, misuse, say } from '../../../src/threads/reply.ts';

const PLAIN: RenderView = { host: 'box.acme.dev', port: 2222, user: undefined, colours: false };

describe('a reply', () => {
  it('reads like the transcript: sentences, lines to paste, commands with all that must be typed', () => {
    const known = `[box.acme.dev]:2222 ssh-ed25519 ${'A'.repeat(300)}`;
    const reply = say(
      'mybox is ready: 0.5 s.',
      code('ssh -p 2222 mybox@box.acme.dev'),
      'Host key SHA256:a1K3',
      code(known),
      command('stop mybox', 'To stop it'),
    );
    expect(renderReply(reply, PLAIN)).toBe(
      `mybox is ready: 0.5 s.\n  ssh -p 2222 mybox@box.acme.dev\nHost key SHA256:a1K3\n  ${known}\nTo stop it:\n  ssh -p 2222 box.acme.dev stop mybox\n`,
    );
  });

  it('of one block to be pasted is that block alone', () => {
    expect(renderReply(say(code('Host mybox\n\n  User dev')), PLAIN)).toBe('Host mybox\n\n  User dev\n');
  });

  it('aligns tables, and leaves no spaces at the ends of lines', () => {
    const table = {
      kind: 'table',
      head: ['box', 'state'],
      rows: [
        ['● mybox', 'running'],
        ['◌ a', ''],
      ],
    } as const;
    expect(renderReply(say('Yours:', table), PLAIN)).toBe('Yours:\nbox      state\n● mybox  running\n◌ a\n');
  });

  it('reminds of actions in one line, and writes a question as the line to type', () => {
    const reply = fail(
      {
        kind: 'actions',
        actions: [
          { label: 'Stop', command: 'stop mybox' },
          { label: 'Info', command: 'info mybox' },
        ],
      },
      { kind: 'confirm', question: 'Destroy mybox?', command: 'confirm 483112', label: 'Destroy mybox' },
    );
    expect(renderReply(reply, PLAIN)).toBe(
      'Next: stop mybox · info mybox\nDestroy mybox:\n  ssh -p 2222 box.acme.dev confirm 483112\n',
    );
  });

  it('holds nothing that acts on a terminal, wherever it comes from', () => {
    const evil = '\u001B]0;x\u0007\r\u009B2J\u202E\u2028\uD800';
    const seen = 'U+001B]0;xU+0007U+000DU+009B2JU+202EU+2028U+D800';
    const table = { kind: 'table', head: [evil], rows: [[`${evil}\nb`]] } as const;
    const reply = misuse(evil, code(evil, evil), command(evil), table);
    expect(renderReply(reply, { ...PLAIN, colours: true })).toBe(
      `${seen}\n${seen}:\n  ${seen}\n  ssh -p 2222 box.acme.dev ${seen}\n${seen}\n${seen} b\n`,
    );
  });

  it('has colours on a terminal only, for signs at the start of a line', () => {
    expect(renderReply(say('✓ web stopped\na ✓ b'), { ...PLAIN, colours: true })).toBe(
      '\u001B[32m✓\u001B[0m web stopped\na ✓ b\n',
    );
  });
});

describe('a line to type', () => {
  it('leaves out the port 22, and names the command door where that matters', () => {
    expect(commandLine('list', { ...PLAIN, port: 22 })).toBe('ssh box.acme.dev list');
    expect(commandLine('list', { ...PLAIN, user: 'shellbox' })).toBe('ssh -p 2222 shellbox@box.acme.dev list');
  });
});

describe('a step', () => {
  it('is aligned with the others, and never cut', () => {
    expect(renderProgress({ label: 'home volume, 10 GiB', state: 'done', tookMs: 100 }, PLAIN)).toBe(
      '✓ home volume, 10 GiB              0.1 s',
    );
    expect(renderProgress({ label: 'SSH answers, host key checked', state: 'done', tookMs: 12_000 }, PLAIN)).toBe(
      '✓ SSH answers, host key checked    12 s',
    );
    const long = 'a label that is longer than there is room for it';
    expect(renderProgress({ label: long, state: 'failed', tookMs: 100 }, PLAIN)).toBe(`✗ ${long}  0.1 s`);
    expect(renderProgress({ label: 'box', state: 'working' }, PLAIN)).toBe('… box');
  });
});
