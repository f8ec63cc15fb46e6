// admin quarantine: what a database that is older than the world does not agree about with it, and the end of that.
import type { Account } from '../../accounts/account.ts';
import { timeText } from '../../boxes/text.ts';
import { audit } from '../../store/audit.ts';
import { listOrphans } from '../../store/instances.ts';
import { askRelease, quarantineOf, quarantineReport, releaseAsked } from '../../store/quarantine.ts';
import { type Block, command, misuse, say, text } from '../../threads/reply.ts';
import { type CommandResult, defineCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { askOperator } from './asking.ts';

export const WHY_QUARANTINED = {
  restored: 'The database was restored from a backup.',
  older: 'The database is older than what this installation has seen.',
  ahead: 'There are instances that only a newer database can have asked for.',
} as const;

export const adminQuarantine = defineCommand({
  name: 'admin quarantine',
  aliases: [],
  summary: 'a database that is older than the boxes',
  details:
    'In quarantine nothing is made, started, stopped or removed, because the records may be older than the boxes. `admin quarantine release` ends it: boxes become what was seen of them, jobs from before are cancelled, homes of destroyed boxes stay a week longer.',
  examples: ['admin quarantine', 'admin quarantine release'],
  params: { what: { kind: 'choice', choices: ['release'], about: 'ends it, after a question' } },
  visibility: 'private',
  audience: 'admin',
  readOnly: false,
  async run(context, { what }) {
    const { tx, account, now } = context;
    const quarantine = await quarantineOf(tx);
    if (quarantine === undefined) return { kind: 'reply', reply: say('There is no quarantine.') };
    const { timeZone } = account as Account;
    const since = `In quarantine since ${timeText(quarantine.since, now, timeZone)}. ${WHY_QUARANTINED[quarantine.cause]} ${quarantine.detail}`;
    const report = await quarantineReport(tx);
    if (report === undefined)
      return {
        kind: 'reply',
        reply: say(text(since), text('No worker has looked at the boxes yet; ask again in a minute.')),
      };
    const seen = await differences(context, report);
    if (what === undefined) {
      const asked = (await releaseAsked(tx)) !== undefined;
      const end = asked ? text('It ends with the next look of a worker.') : command('admin quarantine release');
      return { kind: 'reply', reply: say(text(since), ...seen, end) };
    }
    return askOperator(context, {
      action: 'admin quarantine',
      target: {},
      what: `${report.count === 0 ? 'Every box is as it is here' : `${report.count} boxes are not as they are here`}; jobs from before are cancelled, and homes of destroyed boxes stay a week longer.`,
      label: 'Release the house',
    });
  },
});

async function differences(
  { tx }: CommandContext,
  { silent, differences, count }: NonNullable<Awaited<ReturnType<typeof quarantineReport>>>,
): Promise<Block[]> {
  const orphans = (await listOrphans(tx)).length;
  return [
    ...(silent.length === 0
      ? []
      : [text(`Not looked at, because they do not answer: ${silent.join(', ')}. The release waits for them.`)]),
    ...(count === 0 ? [text('Every box is there as it is here.')] : differences.map((one) => text(one))),
    ...(count > differences.length ? [text(`${count - differences.length} more are not shown.`)] : []),
    ...(orphans === 0 ? [] : [text(`Instances that no box owns: ${orphans}. They stay.`), command('admin orphans')]),
  ];
}

/** What `confirm` does with a code that was given out here. */
export async function release({ tx, account, commandId }: CommandContext): Promise<CommandResult> {
  if ((await quarantineOf(tx)) === undefined) throw new Refusal(misuse('There is no quarantine any more.'));
  const actor = account?.id ?? '';
  await askRelease(tx, actor);
  await audit(tx, { actor, action: 'house.release_asked', target: { command: commandId } });
  return {
    kind: 'reply',
    reply: say(
      '✓ The quarantine ends with the next look of a worker, within a minute. What came of it:',
      command('admin boxes'),
    ),
  };
}
