// views.*: modals for a trigger, home tabs for a person.
// Source: https://docs.slack.dev/reference/methods?query=views
import type { Arguments } from '../arguments.ts';
import { complaining, SlackRefusal } from '../refusal.ts';
import { viewShape } from '../views.ts';
import type { World } from '../world.ts';
import type { Method } from './method.ts';

export const viewMethods: readonly Method[] = [
  { name: 'views.open', tier: 4, run: open },
  { name: 'views.publish', tier: 4, run: publish },
  { name: 'views.update', tier: 4, run: update },
];

const viewOf = (given: Arguments) => given.structure('view', 'invalid_arguments');

function open(given: Arguments, { triggers, views, app, workspace }: World): Record<string, unknown> {
  const personId = triggers.exchange(given.required('trigger_id'));
  return { view: viewShape(views.open(personId, viewOf(given)), app, workspace) };
}

function publish(given: Arguments, { views, app, workspace }: World): Record<string, unknown> {
  const personId = given.required('user_id');
  if (workspace.person(personId) === undefined)
    throw complaining('invalid_arguments', ['invalid `user_id` [json-pointer:/user_id]']);
  return { view: viewShape(views.publish(personId, viewOf(given), given.text('hash')), app, workspace) };
}

function update(given: Arguments, { views, app, workspace }: World): Record<string, unknown> {
  const id = given.text('view_id');
  const externalId = given.text('external_id');
  if ((id === undefined) === (externalId === undefined))
    throw complaining('invalid_arguments', ['must provide one of `view_id` and `external_id`']);
  const view = id === undefined ? views.byExternalId(externalId ?? '') : views.find(id);
  if (view === undefined) throw new SlackRefusal('not_found');
  return { view: viewShape(views.update(view, viewOf(given), given.text('hash')), app, workspace) };
}
