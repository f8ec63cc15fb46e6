// The views that the app has put before people: one home each, and a modal while it is open.
import { randomBytes } from 'node:crypto';
import type { AppIdentity } from './app-identity.ts';
import { complaining, SlackRefusal } from './refusal.ts';
import { checkView, type ViewContent } from './view-check.ts';
import type { Workspace } from './workspace.ts';

export interface View {
  readonly id: string;
  readonly personId: string;
  content: ViewContent;
  /** Changes with every update; a caller may insist on it. */
  hash: string;
}

export interface Views {
  home(personId: string): View | undefined;
  modal(personId: string): View | undefined;
  find(id: string): View | undefined;
  byExternalId(externalId: string): View | undefined;
  publish(personId: string, value: unknown, hash: string | undefined): View;
  open(personId: string, value: unknown): View;
  update(view: View, value: unknown, hash: string | undefined): View;
  close(view: View): void;
}

export function createViews(now: () => number): Views {
  const homes = new Map<string, View>();
  const modals = new Map<string, View>();
  const all = () => [...homes.values(), ...modals.values()];
  const makeHash = () => `${Math.floor(now() / 1000)}.${randomBytes(4).toString('hex')}`;

  function update(view: View, value: unknown, hash: string | undefined): View {
    if (hash !== undefined && hash !== view.hash) throw new SlackRefusal('hash_conflict');
    const content = accept(value);
    if (content.type !== view.content.type)
      throw complaining('invalid_arguments', ['must be of the same type [json-pointer:/view/type]']);
    view.content = content;
    view.hash = makeHash();
    return view;
  }
  function create(personId: string, content: ViewContent): View {
    return { id: `V0${randomBytes(5).toString('hex').toUpperCase()}`, personId, content, hash: makeHash() };
  }

  return {
    home: (personId) => homes.get(personId),
    modal: (personId) => modals.get(personId),
    find: (id) => all().find((view) => view.id === id),
    byExternalId: (externalId) => all().find((view) => view.content.external_id === externalId),
    publish(personId, value, hash) {
      const known = homes.get(personId);
      if (known !== undefined) return update(known, value, hash);
      const content = accept(value);
      if (content.type !== 'home')
        throw complaining('invalid_arguments', ['unsupported type: modal [json-pointer:/view/type]']);
      const view = create(personId, content);
      homes.set(personId, view);
      return view;
    },
    open(personId, value) {
      const content = accept(value);
      if (content.type !== 'modal')
        throw complaining('invalid_arguments', ['unsupported type: home [json-pointer:/view/type]']);
      const view = create(personId, content);
      modals.set(personId, view);
      return view;
    },
    update,
    close: (view) => void (modals.get(view.personId) === view && modals.delete(view.personId)),
  };
}

function accept(value: unknown): ViewContent {
  if (value === undefined) throw complaining('invalid_arguments', ['missing required field: view']);
  const checked = checkView(value);
  if (checked.ok) return checked.value;
  if (checked.complaints.includes('view_too_large')) throw new SlackRefusal('view_too_large');
  throw complaining('invalid_arguments', checked.complaints);
}

/** As Slack shows a view in answers and payloads. */
export function viewShape(view: View, app: AppIdentity, workspace: Workspace, values: object = {}): object {
  const { content } = view;
  return {
    id: view.id,
    team_id: workspace.teamId,
    type: content.type,
    blocks: content.blocks,
    private_metadata: content.private_metadata,
    callback_id: content.callback_id,
    external_id: content.external_id,
    state: { values },
    hash: view.hash,
    title: content.type === 'modal' ? content.title : { type: 'plain_text', text: 'View Title', emoji: true },
    clear_on_close: content.type === 'modal' && content.clear_on_close,
    notify_on_close: content.type === 'modal' && content.notify_on_close,
    close: (content.type === 'modal' && content.close) || null,
    submit: (content.type === 'modal' && content.submit) || null,
    previous_view_id: null,
    root_view_id: view.id,
    app_id: app.appId,
    app_installed_team_id: workspace.teamId,
    bot_id: app.botId,
  };
}
