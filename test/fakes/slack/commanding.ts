// How a person types a slash command, and what Slack shows when the app's acknowledgement says something or does not come.
import { type Act, createAct } from './act.ts';
import type { Attempt } from './carrier.ts';
import type { SendOptions } from './courier.ts';
import { commandPayload } from './interaction-payloads.ts';
import { escaped } from './mrkdwn.ts';
import { SlackRefusal } from './refusal.ts';
import type { PersonOnStage } from './stage.ts';
import type { Channel } from './workspace.ts';

/** Works in every channel that the person is in, whether the app is there or not. Throws when the app has no `commands`. */
export function typeCommand(stage: PersonOnStage, line: string, channel: Channel, options: SendOptions): Act {
  const { world, person, courier, responseUrls } = stage;
  if (!world.app.scopes.has('commands'))
    throw new Error('The app has no scope "commands": Slack knows no such command.');
  const [, command, text] = /^(\/\S+)\s*(.*)$/s.exec(line) ?? [];
  if (command === undefined || text === undefined) throw new Error(`A slash command begins with "/": ${line}`);
  const sinceTs = world.workspace.nextTs();
  const origin = { channelId: channel.id, personId: person.id };
  const urls = { responseUrl: responseUrls.grant(origin), triggerId: world.triggers.grant(person.id) };
  const payload = commandPayload(person, channel, { command, text: escaped(text) }, urls, world);
  const deliveries = courier.send({ kind: 'slash_commands', payload }, options);
  const notices: string[] = [];

  function conclude(attempt: Attempt): void {
    if (attempt.outcome !== 'acknowledged') return void notices.push(failure(command ?? '', attempt));
    if (attempt.answer === undefined) return;
    try {
      responseUrls.acknowledge(origin, attempt.answer);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      notices.push(`${command} failed with the error "${error.code}"`);
    }
  }
  return createAct(stage, { deliveries, place: { channel }, sinceTs, notices, conclude });
}

function failure(command: string, { outcome }: Attempt): string {
  if (outcome === 'late') return `${command} failed because the app did not respond. Learn more`;
  return `${command} failed with the error "dispatch_failed"`;
}
