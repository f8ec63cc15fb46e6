// admin status: hosts, queues, and whether anything may come up.
import { gib } from '../../boxes/sizes.ts';
import { isDraining } from '../../store/drain.ts';
import { providerLoads, queueLoads } from '../../store/oversight.ts';
import { quarantineOf } from '../../store/quarantine.ts';
import { command, say, text } from '../../threads/reply.ts';
import { defineCommand } from '../command.ts';

export const adminStatus = defineCommand({
  name: 'admin status',
  aliases: [],
  summary: 'hosts, queues and their use',
  details: 'Memory is what boxes that run hold of the budget. Dead jobs are those of the last day.',
  examples: ['admin status'],
  params: {},
  visibility: 'private',
  audience: 'admin',
  readOnly: true,
  async run({ tx, house }) {
    const [providers, queues, drained] = [await providerLoads(tx), await queueLoads(tx), await isDraining(tx)];
    const quarantined = (await quarantineOf(tx)) !== undefined;
    const hosts = providers.map((one) => {
      const budget = house.providers.find(({ name }) => name === one.provider)?.memoryBudgetMiB;
      const memory = `${gib(one.reservedMiB)}${budget === undefined ? '' : ` of ${gib(budget)}`}`;
      return [one.provider, ...[one.running, one.stopped, one.error, one.moving].map(String), memory];
    });
    const loads = queues.map((one) => [one.queue, String(one.queued), String(one.running), String(one.dead)]);
    return {
      kind: 'reply',
      reply: say(
        { kind: 'table', head: ['provider', 'running', 'stopped', 'error', 'moving', 'memory'], rows: hosts },
        loads.length === 0
          ? text('Nothing is waiting, and nothing died in the last day.')
          : { kind: 'table', head: ['queue', 'queued', 'running', 'dead'], rows: loads },
        ...(quarantined
          ? [text('In quarantine: nothing is made, started, stopped or removed.'), command('admin quarantine')]
          : []),
        ...(drained ? [text('Drained: no box is made or started.'), command('admin drain off')] : []),
        ...(queues.some(({ dead }) => dead > 0) ? [command('admin jobs --dead')] : []),
      ),
    };
  },
});
