// What people need to act: the workspace, and the ways to the app.
import type { Courier } from './courier.ts';
import type { EventFeed } from './event-feed.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Person } from './workspace.ts';
import type { World } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly courier: Courier;
  readonly feed: EventFeed;
  readonly responseUrls: ResponseUrls;
}

export interface PersonOnStage extends Stage {
  readonly person: Person;
}
