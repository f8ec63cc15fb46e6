// What operators type first: the words of the program, its help, and its exit statuses; as real child processes.
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshFolder, runProgram } from './program.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

describe('help', () => {
  test('without a verb shows the verbs, and is wrong usage', async () => {
    const { status, err, out } = await runProgram(await freshFolder(), []);
    expect(status).toBe(2);
    expect(out).toBe('');
    for (const verb of ['start', 'bots', 'worker', 'migrate', 'doctor', 'account', 'version'])
      expect(err).toContain(`  ${verb} `);
  });

  test('that was asked for is good, fits a screen, and announces nothing that does not exist', async () => {
    const { status, out } = await runProgram(await freshFolder(), ['--help']);
    expect(status).toBe(0);
    expect(out.split('\n').length).toBeLessThan(24);
  });

  test.each([['help'], ['help', 'help'], ['--help'], ['-h']])('%j shows the verbs', async (...args) => {
    const { status, out } = await runProgram(await freshFolder(), args);
    expect(status).toBe(0);
    expect(out).toContain('Usage: shellbox <verb>');
  });

  test.each(['start', 'bots', 'worker', 'migrate', 'doctor', 'account', 'slack', 'discord', 'version'])(
    '%s has its own',
    async (verb) => {
      const { status, out } = await runProgram(await freshFolder(), [verb, '--help']);
      expect(status).toBe(0);
      expect(out).toMatch(new RegExp(`^Usage: shellbox ${verb}\\b`));
    },
  );
});

describe('wrong usage ends with 2, says what to type, and changes nothing', () => {
  test.each([
    [['strat'], 'shellbox start'],
    [['discord', 'registre'], 'shellbox discord register'],
    [['discord', 'invit'], 'shellbox discord invite'],
    [['slack', 'manifesto'], 'shellbox slack manifest'],
    [['start', 'everything'], 'takes no further words'],
    [['--frobnicate'], '"shellbox": the option --frobnicate is not known.\nshellbox --help'],
    [['start', '--prot=hunter2'], '"shellbox start": the option --prot is not known.\nshellbox start --help'],
    [['--prot', 'start'], 'shellbox start --help'],
    [['doctor', '-x'], '"shellbox doctor": the option -x is not known.\nshellbox doctor --help'],
    [['doctor', '--help=all'], 'the option --help takes no value'],
    [['doctor', 'everything'], 'takes no further words'],
    [['doctor', '--send-test'], 'the option --send-test needs a value, as in --send-test email:<address>.'],
    [['doctor', '--send-test='], 'the option --send-test needs a value'],
    [['doctor', '--send-test', '--help'], 'the option --send-test needs a value'],
    [['doctor', '--send-test=email:a@b.c', '--send-test=email:a@b.c'], '--send-test stands there twice.'],
    [['uninstall', '--yes'], 'the option --yes needs a value, as in --yes <install id>.'],
    [['uninstall', '--dry-run=all'], 'the option --dry-run takes no value'],
    [['doctor', '--dry-run'], '"shellbox doctor": the option --dry-run is not known.'],
    [['doctor', '--send-test', 'hunter2'], 'A test goes to email:<address>, such as email:you@example.org.'],
    [['doctor', '--send-test=email:a@b.c,x@y.z'], 'A test goes to email:<address>'],
    [['doctor', '--send-test', 'email:a@b.c'], 'the e-mail door is off.\nSet EMAIL_ADDRESS'],
    [['start', '--send-test', 'hunter2'], '"shellbox start": the option --send-test is not known.'],
    [['--send-test', 'hunter2'], '"shellbox": the option --send-test is not known.'],
    [['help', 'nope'], 'No verb "nope".\nshellbox --help'],
    [['help', 'strat'], 'Did you mean:  shellbox help start'],
    [['account', 'lst'], 'shellbox account list'],
    [
      ['account', 'tier', 'ana'],
      'takes 2 further words, not 1.\nUsage: shellbox account tier <who> <free|pro|unlimited>',
    ],
    [['account', 'list', 'ana'], 'takes no further words'],
    [['worker'], 'DATABASE_URL'],
  ])('%j', async (args, expected) => {
    const folder = await freshFolder();
    const { status, err, out } = await runProgram(folder, args, { SHELLBOX_DATA_DIR: 'data' });
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(expected);
    expect(err).not.toMatch(/^ +at /m);
    expect(err).not.toContain('hunter2');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('wrong configuration', () => {
  test('is told fault by fault, without a secret, before anything is made', async () => {
    const folder = await freshFolder();
    const env = {
      SHELLBOX_DATA_DIR: 'data',
      SHELLBOX_PORT: 'hunter2',
      SLACK_BOT_TOKEN: 'xoxb-hunter2',
      SSH_LISTNE: 'x',
    };
    const { status, err } = await runProgram(folder, ['start'], env);
    expect(status).toBe(2);
    expect(err).toContain('2 faults');
    expect(err).toContain('did you mean SSH_LISTEN');
    expect(err).not.toContain('hunter2');
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['postgres://hunter2:hunter2@127.0.0.1:1/x', 'No database answers'],
    ['postgres://hunter2:hunter2@shellbox.invalid/x', 'host in DATABASE_URL is not known'],
  ])('a database that is not there: %s', async (url, expected) => {
    const env = {
      SHELLBOX_DATA_DIR: 'data',
      DATABASE_URL: url,
      REDIS_URL: 'redis://127.0.0.1:1',
      SHELLBOX_SECRET_KEY: KEY,
    };
    for (const verb of ['start', 'worker', 'migrate']) {
      const { status, err } = await runProgram(await freshFolder(), [verb], env);
      expect({ verb, status }).toEqual({ verb, status: 2 });
      expect(err).toContain(expected);
      expect(err).not.toContain('hunter2');
    }
  });
});

describe('bin/shellbox', () => {
  test('works through links from elsewhere, with spaces in the way', async () => {
    const folder = await freshFolder();
    await mkdir(join(folder, 'a b'));
    const { BIN } = await import('./program.ts');
    await symlink(BIN, join(folder, 'a b', 'first'));
    await symlink('a b/first', join(folder, 'second'));
    const { status, out } = await runProgram(folder, ['version'], {}, join(folder, 'second'));
    expect(status).toBe(0);
    expect(out).toMatch(/^shellbox \d+\.\d+\.\d+ \(Node 24\./);
  });
});
