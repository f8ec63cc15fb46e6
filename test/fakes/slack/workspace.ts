// The state of one Slack workspace: people, channels, messages, who is where. No transport, no checks of requests.
import { type Content, createMessage, type NewMessage, revise, type SlackMessage, tsOf } from './message.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  /** Their own team: another than the workspace's in a channel shared by Slack Connect. */
  readonly teamId: string;
  readonly enterpriseId: string | undefined;
  readonly isBot: boolean;
  readonly email: string;
}

export type ChannelKind = 'public' | 'private' | 'im';

export interface Channel {
  readonly id: string;
  /** Without `#`; `directmessage` for an IM. */
  readonly name: string;
  readonly kind: ChannelKind;
  readonly members: Set<string>;
  archived: boolean;
  /** By time, ephemeral and deleted ones too. */
  readonly messages: SlackMessage[];
}

export type Change = 'posted' | 'edited' | 'deleted';

export interface Workspace {
  readonly now: () => number;
  readonly teamId: string;
  readonly domain: string;
  person(id: string): Person | undefined;
  people(): readonly Person[];
  addPerson(person: Omit<Person, 'id' | 'email'> & { id?: string }): Person;
  /** By id or `#name`. */
  channel(idOrName: string): Channel | undefined;
  channels(): readonly Channel[];
  addChannel(name: string, kind: ChannelKind, members: Iterable<string>): Channel;
  /** The conversation of a person with the app, made when there is none. */
  openIm(personId: string, botUserId: string): { channel: Channel; alreadyOpen: boolean };
  nextTs(): string;
  find(channelId: string, ts: string): SlackMessage | undefined;
  replies(channel: Channel, ts: string): readonly SlackMessage[];
  post(message: NewMessage): SlackMessage;
  edit(message: SlackMessage, content: Content): void;
  remove(message: SlackMessage): void;
  onChange(listener: (change: Change, message: SlackMessage) => void): void;
}

const ID_DIGITS = 8;

export function createWorkspace(teamId: string, domain: string, now: () => number): Workspace {
  const people = new Map<string, Person>();
  const channels = new Map<string, Channel>();
  const listeners: ((change: Change, message: SlackMessage) => void)[] = [];
  let ids = 0;
  let last = { seconds: 0, counter: 0 };

  const makeId = (letter: string) => {
    ids += 1;
    return `${letter}0${String(ids).padStart(ID_DIGITS, '0')}`;
  };
  const tell = (change: Change, message: SlackMessage) => {
    for (const listener of listeners) listener(change, message);
  };
  const find = (channelId: string, ts: string) =>
    channels.get(channelId)?.messages.find((message) => message.ts === ts && !message.deleted);
  const replies = (channel: Channel, ts: string) =>
    channel.messages.filter(
      (message) => message.threadTs === ts && message.ts !== ts && !message.deleted && message.onlyFor === undefined,
    );
  function nextTs(): string {
    const seconds = Math.max(Math.floor(now() / 1000), last.seconds);
    last = { seconds, counter: seconds === last.seconds ? last.counter + 100 : 100 };
    return tsOf(last.seconds, last.counter);
  }
  function addChannel(name: string, kind: ChannelKind, members: Iterable<string>): Channel {
    const id = makeId({ public: 'C', private: 'G', im: 'D' }[kind]);
    const channel: Channel = { id, name, kind, members: new Set(members), archived: false, messages: [] };
    channels.set(id, channel);
    return channel;
  }

  return {
    now,
    teamId,
    domain,
    person: (id) => people.get(id),
    people: () => [...people.values()],
    addPerson({ id = makeId('U'), ...rest }) {
      const person: Person = { id, ...rest, email: `${rest.name}@${domain}.example` };
      people.set(id, person);
      return person;
    },
    channel: (idOrName) =>
      channels.get(idOrName) ?? [...channels.values()].find((channel) => `#${channel.name}` === idOrName),
    channels: () => [...channels.values()],
    addChannel,
    openIm(personId, botUserId) {
      const known = [...channels.values()].find(
        ({ kind, members }) => kind === 'im' && members.has(personId) && members.has(botUserId),
      );
      if (known !== undefined) return { channel: known, alreadyOpen: true };
      return { channel: addChannel('directmessage', 'im', [personId, botUserId]), alreadyOpen: false };
    },
    nextTs,
    find,
    replies,
    post(from) {
      const message = createMessage(from, nextTs(), now());
      channels.get(from.channel)?.messages.push(message);
      tell('posted', message);
      return message;
    },
    edit(message, content) {
      revise(message, content, now());
      tell('edited', message);
    },
    remove(message) {
      const channel = channels.get(message.channel);
      const heads = channel !== undefined && replies(channel, message.ts).length > 0;
      if (heads) message.tombstone = true;
      else message.deleted = true;
      tell('deleted', message);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** Whether this person would see the message on the screen now. */
export function isVisibleTo(channel: Channel, message: SlackMessage, personId: string): boolean {
  if (message.deleted || message.unseen) return false;
  if (message.onlyFor !== undefined) return message.onlyFor === personId;
  return channel.members.has(personId);
}
