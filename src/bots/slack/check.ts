// What can be known of the Slack app before anybody uses it: whose token this is, and whether it may do all that the door does.
import { z } from 'zod';
import type { Secret } from '../../secret.ts';
import { createSlackApi } from './api.ts';
import { SCOPES } from './manifest.ts';

const authSchema = z.object({
  team: z.string(),
  response_metadata: z.object({ scopes: z.array(z.string()).optional() }).optional(),
});

export interface SlackHealth {
  /** The workspace's name. */
  team: string;
  /** Scopes of the manifest that the token lacks; undefined when Slack did not say which it has. */
  missing: readonly string[] | undefined;
}

/** @throws SlackRefused when the token is worth nothing, another error when Slack does not answer */
export async function checkSlack(options: { botToken: Secret; apiUrl: string | undefined }): Promise<SlackHealth> {
  const api = createSlackApi({ token: options.botToken, apiUrl: options.apiUrl });
  const { team, response_metadata: metadata } = authSchema.parse(await api.call('auth.test', {}));
  const has = metadata?.scopes;
  return { team, missing: has && SCOPES.filter((scope) => !has.includes(scope)) };
}
