// How a person fills in and submits the modal that is open before them, or closes it.
import { type Act, createAct } from './act.ts';
import { isRecord } from './arguments.ts';
import type { Block } from './blocks.ts';
import type { Attempt } from './carrier.ts';
import type { SendOptions } from './courier.ts';
import { viewPayload } from './interaction-payloads.ts';
import { unescaped } from './mrkdwn.ts';
import { SlackRefusal } from './refusal.ts';
import type { PersonOnStage } from './stage.ts';
import type { View } from './views.ts';

const TROUBLE = 'We had some trouble connecting. Try again?';

/** Values by the labels of the inputs. Throws where Slack would not let the person submit. */
export function submit(stage: PersonOnStage, values: Readonly<Record<string, string>>, options: SendOptions = {}): Act {
  const { world, person, courier } = stage;
  const view = openModal(stage);
  const filled = fillIn(view.content.blocks, values);
  const more = { values: filled, triggerId: world.triggers.grant(person.id) };
  const sinceTs = world.workspace.nextTs();
  const deliveries = courier.send(
    { kind: 'interactive', payload: viewPayload('view_submission', person, view, more, world) },
    options,
  );
  const notices: string[] = [];
  const conclude = (attempt: Attempt) => void notices.push(...takeAnswer(stage, view, attempt));
  return createAct(stage, { deliveries, place: placeOf(stage), sinceTs, notices, conclude });
}

/** Tells the app only if the view asked for it with `notify_on_close`. */
export function closeModal(stage: PersonOnStage, options: SendOptions = {}): Act {
  const { world, person, courier } = stage;
  const view = openModal(stage);
  world.views.close(view);
  const told = view.content.type === 'modal' && view.content.notify_on_close;
  const payload = viewPayload('view_closed', person, view, { values: {} }, world);
  const deliveries = told ? courier.send({ kind: 'interactive', payload }, options) : [];
  return createAct(stage, { deliveries, place: placeOf(stage), sinceTs: world.workspace.nextTs() });
}

function openModal({ world, person }: PersonOnStage): View {
  const view = world.views.modal(person.id);
  if (view === undefined) throw new Error(`${person.name} has no modal open.`);
  return view;
}

function placeOf({ world, person }: PersonOnStage) {
  return { channel: world.workspace.openIm(person.id, world.app.botUserId).channel };
}

function fillIn(blocks: readonly Block[], values: Readonly<Record<string, string>>): object {
  const inputs = blocks.filter((block) => block.type === 'input');
  const labels = inputs.map((input) => unescaped(input.label.text));
  const unknown = Object.keys(values).find((label) => !labels.includes(label));
  if (unknown !== undefined) throw new Error(`No input "${unknown}" in this modal, but: ${labels.join(', ')}.`);
  return Object.fromEntries(
    inputs.map((input) => {
      const label = unescaped(input.label.text);
      return [input.block_id, { [input.element.action_id ?? '']: stateOf(input, label, values[label]) }];
    }),
  );
}

function stateOf(input: Extract<Block, { type: 'input' }>, label: string, given: string | undefined): object {
  const { element, optional } = input;
  if (element.type === 'static_select') {
    const option = element.options.find(({ text }) => unescaped(text.text) === given) ?? element.initial_option;
    if (option === undefined && !optional) throw new Error(`Slack does not submit: "${label}" is not chosen.`);
    return { type: element.type, selected_option: option ?? null };
  }
  const value = given ?? element.initial_value ?? '';
  if (value === '' && !optional) throw new Error(`Slack does not submit: "${label}" is empty.`);
  if (value.length < (element.min_length ?? 0) || value.length > (element.max_length ?? Number.POSITIVE_INFINITY))
    throw new Error(`Slack does not submit: "${label}" has ${value.length} characters.`);
  return { type: element.type, value: value === '' ? null : value };
}

/** What the person is told. Without an action the modal closes. */
function takeAnswer({ world }: PersonOnStage, view: View, attempt: Attempt): string[] {
  const { views } = world;
  if (attempt.outcome !== 'acknowledged') return [TROUBLE];
  const { answer } = attempt;
  switch (answer?.response_action) {
    case undefined:
    case 'clear':
      views.close(view);
      return [];
    case 'errors':
      return errorsOf(view, answer.errors);
    case 'update':
    case 'push':
      try {
        views.update(view, answer.view, undefined);
        return [];
      } catch (error) {
        if (error instanceof SlackRefusal) return [TROUBLE];
        throw error;
      }
    default:
      return [TROUBLE];
  }
}

function errorsOf(view: View, errors: unknown): string[] {
  if (!isRecord(errors)) return [TROUBLE];
  const lines = Object.entries(errors).map(([blockId, text]) => {
    const input = view.content.blocks.find((block) => block.type === 'input' && block.block_id === blockId);
    return input?.type === 'input' ? `${unescaped(input.label.text)}: ${String(text)}` : TROUBLE;
  });
  return lines.length === 0 ? [TROUBLE] : lines;
}
