// What a person acts on: Discord, and the way to tell the app.
import type { Gateway } from './gateway.ts';
import type { Person } from './state.ts';
import type { World } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly gateway: Gateway;
}

export interface PersonOnStage extends Stage {
  readonly person: Person;
}
