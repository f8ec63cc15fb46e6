// A whole house with the Slack door on a Slack of tests, behind the service's own HTTP server.
import type { HttpServer } from '../../src/http/server.ts';
import { MANIFEST, silent } from '../bots/slack/open-door.ts';
import { serveHooks, slackDoor } from '../fakes/service.ts';
import type { Actor } from '../fakes/slack/actor.ts';
import { type FakeSlack, openSlack, type SlackOptions } from '../fakes/slack/slack.ts';
import { type HouseOptions, openTestHouse, type TestHouse } from './house.ts';
import { sees } from './sees.ts';

export interface SlackHouse {
  house: TestHouse;
  slack: FakeSlack;
  ana: Actor;
  ben: Actor;
  /** Where Slack may post to; one for each bots process. */
  urls(): readonly string[];
  /** Resolves once the channel, as that person sees it, shows this. */
  sees(person: Actor, channel: string, part: string | RegExp): Promise<string>;
  close(): Promise<void>;
}

export async function openSlackHouse(
  options: HouseOptions & { slack?: SlackOptions; processes?: number } = {},
): Promise<SlackHouse> {
  const slack = await openSlack({ ...MANIFEST, postBurst: 50, ...options.slack });
  const [ana, ben] = [slack.user('ana'), slack.user('ben')];
  slack.addChannel('dev');
  const servers: Promise<HttpServer>[] = [];
  const house = await openTestHouse({
    ...options,
    doors: (services) => {
      const { apiUrl, app } = slack;
      const door = slackDoor({ apiUrl, botToken: app.botToken, signingSecret: app.signingSecret }, services);
      servers.push(serveHooks(door, silent));
      return [door];
    },
  });
  for (let process = 1; process < (options.processes ?? 1); process++) await house.addBots();
  const urls = (await Promise.all(servers)).map(urlOf);
  slack.deliverTo(urls);
  return {
    house,
    slack,
    ana,
    ben,
    urls: () => urls,
    sees,
    async close() {
      await slack.idle();
      await Promise.all((await Promise.all(servers)).map((server) => server.close()));
      await house.close();
      await slack.close();
    },
  };
}

function urlOf({ listen }: HttpServer): string {
  return `http://127.0.0.1:${listen?.port}/slack/events`;
}
