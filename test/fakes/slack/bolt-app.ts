// A real Bolt app behind Bolt's own HTTP receiver, listening on loopback for the fake's requests.
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { FakeSlack } from './slack.ts';
import { silent } from './web-client.ts';

export interface BoltApp {
  app: App;
  /** Where it takes commands, events and clicks. */
  url: string;
  close(): Promise<void>;
}

/** From then on the fake delivers to it. */
export async function startBoltApp(slack: FakeSlack, prepare: (app: App) => void): Promise<BoltApp> {
  const receiver = new HTTPReceiver({
    signingSecret: slack.app.signingSecret,
    logger: silent,
    logLevel: LogLevel.ERROR,
  });
  const app = new App({
    token: slack.app.botToken,
    botId: slack.app.botId,
    botUserId: slack.app.botUserId,
    // Otherwise Bolt asks who it is in the background, and may do so after the test.
    tokenVerificationEnabled: false,
    receiver,
    logger: silent,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
  });
  prepare(app);
  const server = await receiver.start(0);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/slack/events`;
  slack.deliverTo([url]);
  return { app, url, close: async () => void (await receiver.stop()) };
}
