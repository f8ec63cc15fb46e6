// What doctor says of the Slack door.
import { SlackRefused } from '../bots/slack/api.ts';
import { checkSlack } from '../bots/slack/check.ts';
import { checkAppToken } from '../bots/slack/socket.ts';
import type { Config } from '../config.ts';
import { ShellboxError } from '../errors.ts';
import { type Finding, findingOf, localAddresses } from './finding.ts';

const ANEW =
  'Make the app anew from "shellbox slack manifest", or add the scopes at OAuth & Permissions and install it again.';

/** Nothing when the door is off. */
export async function slackFindings({ slack, ssh }: Config): Promise<Finding[]> {
  if (slack === undefined) return [];
  const finding = await tokenFinding(slack);
  return ssh.reached.isPublic ? [finding] : [finding, localAddresses('Slack')];
}

async function tokenFinding(slack: NonNullable<Config['slack']>): Promise<Finding> {
  try {
    const { team, missing = [] } = await checkSlack(slack);
    const { appToken, apiUrl } = slack;
    const mode = appToken === undefined ? 'HTTP' : 'Socket Mode';
    if (appToken !== undefined) await checkAppToken({ appToken, apiUrl });
    if (missing.length === 0) return { ok: true, what: `Slack: workspace ${team}, ${mode}` };
    return { ok: false, what: `Slack: the bot's token lacks ${missing.join(', ')}`, remedy: ANEW };
  } catch (error) {
    if (error instanceof ShellboxError && error.code === 'token_refused') return findingOf('the app’s token', error);
    return error instanceof SlackRefused
      ? {
          ok: false,
          what: `Slack does not take the bot's token: ${error.reason}`,
          remedy: 'Take SLACK_BOT_TOKEN anew from the app’s page OAuth & Permissions.',
        }
      : {
          ok: false,
          what: 'Slack does not answer',
          remedy: 'Check the way to it: SLACK_API_URL, proxies, name resolution.',
        };
  }
}
