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

const LOCAL = /^(localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)$/;

async function modeOf(mode: 'socket' | 'http', around: Parameters<Run>[1]): Promise<ManifestMode> {
  if (mode === 'socket') return { mode };
  const { publicUrl } = await around.config();
  if (LOCAL.test(new URL(publicUrl).hostname))
    throw new ShellboxError('config', `Slack cannot reach ${publicUrl}.`, {
      remedy: 'Set SHELLBOX_PUBLIC_URL to the address under which the world reaches this server, or use Socket Mode.',
    });
  return { mode, url: new URL(EVENTS_PATH, publicUrl).href };
}
