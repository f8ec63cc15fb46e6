// A person at a Slack client: types commands, writes, edits, clicks, opens views, and sees what is there.
import { randomUUID } from 'node:crypto';
import { type Act, createAct } from './act.ts';
import type { PayloadKind } from './carrier.ts';
import { type ClickOptions, click, questionOf, seenMessage, type Where } from './clicking.ts';
import { typeCommand } from './commanding.ts';
import type { SendOptions } from './courier.ts';
import type { SlackMessage } from './message.ts';
import { closeModal, submit } from './modal.ts';
import { shownView } from './rendering.ts';
import type { PersonOnStage } from './stage.ts';
import { namesIn, transcript } from './transcript.ts';
import type { Channel } from './workspace.ts';
import { written } from './writing.ts';

export interface WriteOptions extends SendOptions {
  /** Id or `#name`. */
  channel: string;
  /** The first message of the thread. */
  thread?: string | { ts: string };
}

export interface Actor {
  readonly id: string;
  readonly name: string;
  /** The id of the direct messages with the app. */
  readonly im: string;
  /** `/shellbox spinup mybox`; a command has no thread. */
  types(line: string, options: SendOptions & { channel: string }): Act;
  /** `@shellbox`, `@ana` and `#dev` become mentions, as the client makes them. */
  says(text: string, options: WriteOptions): Act;
  edits(message: SlackMessage, text: string, options?: SendOptions): Act;
  deletes(message: SlackMessage, options?: SendOptions): Act;
  clicks(where: Where, label: string, options?: ClickOptions): Act;
  /** What the button would ask first. */
  asked(where: Where, label: string): string | undefined;
  submits(values: Readonly<Record<string, string>>, options?: SendOptions): Act;
  closesModal(options?: SendOptions): Act;
  opensHome(options?: SendOptions): Act;
  /** Sends any payload, properly signed, as if Slack had made it. */
  forges(kind: PayloadKind, payload: Record<string, unknown>, options?: SendOptions): Act;
  /** The channel as this person sees it. */
  sees(channel: string): string;
  /** The newest message with this text that this person sees. */
  message(channel: string, part: string): SlackMessage;
  /** The home tab as last published; undefined when there is none. */
  home(): string | undefined;
  modal(): string | undefined;
}

export function createActor(stage: PersonOnStage): Actor {
  const { world, person, courier, feed } = stage;
  const { workspace, app, views } = world;
  const im = () => workspace.openIm(person.id, app.botUserId).channel;

  function channelOf(idOrName: string): Channel {
    const channel = workspace.channel(idOrName);
    if (channel === undefined) throw new Error(`No channel ${idOrName}.`);
    if (!channel.members.has(person.id)) throw new Error(`${person.name} is not in ${idOrName}.`);
    return channel;
  }
  function change(message: SlackMessage, kind: 'edited' | 'deleted', options?: SendOptions): Act {
    const channel = channelOf(message.channel);
    const sinceTs = workspace.nextTs();
    const deliveries = feed.tell(kind, message, options);
    return createAct(stage, { deliveries, place: { channel }, sinceTs, message });
  }

  return {
    id: person.id,
    name: person.name,
    get im() {
      return im().id;
    },
    types: (line, options) => typeCommand(stage, line, channelOf(options.channel), options),
    says(text, options) {
      const channel = channelOf(options.channel);
      const threadTs = typeof options.thread === 'string' ? options.thread : options.thread?.ts;
      const content = written(text, world);
      const message = workspace.post({
        ...content,
        channel: channel.id,
        author: person.id,
        threadTs,
        route: 'person',
        clientMsgId: randomUUID(),
      });
      const deliveries = feed.tell('posted', message, options);
      const place =
        channel.kind === 'im' && threadTs === undefined ? { channel } : { channel, threadTs: threadTs ?? message.ts };
      return createAct(stage, { deliveries, place, sinceTs: message.ts, message });
    },
    edits(message, text, options) {
      workspace.edit(message, written(text, world));
      return change(message, 'edited', options);
    },
    deletes(message, options) {
      workspace.remove(message);
      return change(message, 'deleted', options);
    },
    clicks: (where, label, options) => click(stage, where, label, options),
    asked: (where, label) => questionOf(stage, where, label),
    submits: (values, options) => submit(stage, values, options),
    closesModal: (options) => closeModal(stage, options),
    opensHome(options) {
      const sinceTs = workspace.nextTs();
      const deliveries = feed.tellHomeOpened(person, options);
      return createAct(stage, { deliveries, place: { channel: im(), home: true }, sinceTs });
    },
    forges(kind, payload, options) {
      const sinceTs = workspace.nextTs();
      const deliveries = courier.send({ kind, payload }, options);
      return createAct(stage, { deliveries, place: { channel: im() }, sinceTs });
    },
    sees: (channel) => transcript(channelOf(channel), workspace, { seenBy: person.id }),
    message: (channel, part) => seenMessage(stage, channel, part),
    home() {
      const view = views.home(person.id);
      return view && shownView(view.content, namesIn(workspace));
    },
    modal() {
      const view = views.modal(person.id);
      return view && shownView(view.content, namesIn(workspace));
    },
  };
}
