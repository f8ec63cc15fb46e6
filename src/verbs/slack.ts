// slack manifest: what to paste at Slack to make the app.

import { type ManifestMode, slackManifest } from '../bots/slack/manifest.ts';
import { EVENTS_PATH } from '../bots/slack/slack.ts';
import { ShellboxError } from '../errors.ts';
import type { Run } from './verb.ts';

export const runSlack: Run = async (words, around) => {
  const [what, mode = 'socket', ...rest] = words;
  if (what !== 'manifest' || rest.length > 0 || (mode !== 'socket' && mode !== 'http'))
    throw new ShellboxError(
      'usage',
      'There is "shellbox slack manifest", for Socket Mode, and "shellbox slack manifest http".',
      {
        remedy: 'shellbox slack --help',
      },
    );
  around.out(JSON.stringify(slackManifest(await modeOf(mode, around)), null, 2));
  return 0;
};

async function modeOf(mode: 'socket' | 'http', around: Parameters<Run>[1]): Promise<ManifestMode> {
  if (mode === 'socket') return { mode };
  const { publicUrl } = await around.config();
  return { mode, url: new URL(EVENTS_PATH, publicUrl).href };
}
