// What there is at Discord: one server with its people and channels, threads, direct messages. No transport, no checks of requests.
import { FLAG } from './content-check.ts';
import { type Content, createMessage, type DiscordMessage, MESSAGE_TYPE, type NewMessage, revise } from './message.ts';
import { createSnowflakes, type Snowflakes } from './snowflakes.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly isBot: boolean;
  readonly roles: Set<string>;
  /** Takes direct messages of the app. */
  takesMessages: boolean;
}

export const PERMISSIONS = {
  ViewChannel: 1n << 10n,
  SendMessages: 1n << 11n,
  EmbedLinks: 1n << 14n,
  AttachFiles: 1n << 15n,
  ReadMessageHistory: 1n << 16n,
  CreatePublicThreads: 1n << 35n,
  SendMessagesInThreads: 1n << 38n,
} as const;
export type Permission = keyof typeof PERMISSIONS;
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[];

/** https://discord.com/developers/docs/resources/channel#channel-object-channel-types */
export const CHANNEL_TYPE = { text: 0, dm: 1, thread: 11 } as const;

export interface Channel {
  readonly id: string;
  readonly kind: keyof typeof CHANNEL_TYPE;
  name: string;
  /** Of a thread. */
  readonly parentId: string | undefined;
  readonly ownerId: string | undefined;
  /** Of direct messages. */
  readonly withPerson: string | undefined;
  /** What the app may do there; a thread goes by its parent. May be changed later. */
  readonly permissions: Set<Permission>;
  archived: boolean;
  locked: boolean;
  archiveMinutes: number;
  deleted: boolean;
  /** By time; deleted and ephemeral ones too. */
  readonly messages: DiscordMessage[];
}

export interface Role {
  readonly id: string;
  readonly name: string;
}

export type Change =
  | { kind: 'posted' | 'edited' | 'deleted'; message: DiscordMessage }
  | { kind: 'channel' | 'thread' | 'thread changed' | 'channel gone'; channel: Channel };

export interface State {
  readonly now: () => number;
  readonly nextId: Snowflakes;
  readonly guildId: string;
  readonly guildName: string;
  person(id: string): Person | undefined;
  people(): readonly Person[];
  addPerson(person: { name: string; isBot: boolean; id?: string }): Person;
  role(id: string): Role | undefined;
  roles(): readonly Role[];
  addRole(name: string): Role;
  /** By id or `#name`, the newest; also what is deleted, by id. */
  channel(idOrName: string): Channel | undefined;
  channels(): readonly Channel[];
  addChannel(name: string, permissions: Iterable<Permission>): Channel;
  addThread(parent: Channel, name: string, options: { id?: string; ownerId: string; archiveMinutes: number }): Channel;
  removeChannel(channel: Channel): void;
  /** Archives, unarchives, locks, renames. */
  changeThread(
    thread: Channel,
    change: Partial<Pick<Channel, 'archived' | 'locked' | 'name' | 'archiveMinutes'>>,
  ): void;
  openDm(personId: string): Channel;
  find(channel: Channel, messageId: string): DiscordMessage | undefined;
  post(message: NewMessage): DiscordMessage;
  edit(message: DiscordMessage, change: Partial<Content>): void;
  remove(message: DiscordMessage): void;
  onChange(listener: (change: Change) => void): void;
}

export function createState(guildName: string, now: () => number): State {
  const nextId = createSnowflakes(now);
  const guildId = nextId();
  const people = new Map<string, Person>();
  const roles = new Map<string, Role>();
  const channels = new Map<string, Channel>();
  const listeners: ((change: Change) => void)[] = [];
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change);
  };
  const channelOf = (id: string): Channel => {
    const channel = channels.get(id);
    if (channel === undefined) throw new Error(`No channel ${id}.`);
    return channel;
  };
  function add(given: Pick<Channel, 'kind' | 'name'> & Partial<Channel>): Channel {
    const { id = nextId(), parentId, ownerId, withPerson, permissions = new Set(), ...rest } = given;
    const fixed = { id, parentId, ownerId, withPerson, permissions, messages: [] };
    const channel: Channel = {
      archived: false,
      locked: false,
      archiveMinutes: 1440,
      deleted: false,
      ...rest,
      ...fixed,
    };
    channels.set(id, channel);
    return channel;
  }

  return {
    now,
    nextId,
    guildId,
    guildName,
    person: (id) => people.get(id),
    people: () => [...people.values()],
    addPerson({ id = nextId(), name, isBot }) {
      const person: Person = { id, name, isBot, roles: new Set(), takesMessages: true };
      people.set(id, person);
      return person;
    },
    role: (id) => roles.get(id),
    roles: () => [...roles.values()],
    addRole(name) {
      const role: Role = { id: nextId(), name };
      roles.set(role.id, role);
      return role;
    },
    channel: (idOrName) =>
      channels.get(idOrName) ??
      [...channels.values()].findLast(({ name, deleted }) => !deleted && `#${name}` === idOrName),
    channels: () => [...channels.values()].filter(({ deleted }) => !deleted),
    addChannel(name, permissions) {
      const channel = add({ kind: 'text', name, permissions: new Set(permissions) });
      tell({ kind: 'channel', channel });
      return channel;
    },
    addThread(parent, name, { id, ownerId, archiveMinutes }) {
      const more = { parentId: parent.id, ownerId, archiveMinutes, permissions: parent.permissions };
      const thread = add({ kind: 'thread', name, ...more, ...(id === undefined ? {} : { id }) });
      const root = parent.messages.find((message) => message.id === id);
      if (root !== undefined) {
        root.flags |= FLAG.hasThread;
        const starter = {
          channelId: thread.id,
          authorId: ownerId,
          type: MESSAGE_TYPE.threadStarter,
          repliesTo: root.id,
        };
        thread.messages.push(createMessage(nextId(), now(), starter));
      }
      tell({ kind: 'thread', channel: thread });
      return thread;
    },
    removeChannel(channel) {
      for (const one of channels.values()) if (one === channel || one.parentId === channel.id) one.deleted = true;
      tell({ kind: 'channel gone', channel });
    },
    changeThread(thread, change) {
      Object.assign(thread, change);
      tell({ kind: 'thread changed', channel: thread });
    },
    openDm: (personId) =>
      [...channels.values()].find(({ withPerson }) => withPerson === personId) ??
      add({ kind: 'dm', name: 'direct messages', withPerson: personId }),
    find: (channel, messageId) => channel.messages.find(({ id, deleted }) => id === messageId && !deleted),
    post(given) {
      const message = createMessage(nextId(), now(), given);
      channelOf(given.channelId).messages.push(message);
      tell({ kind: 'posted', message });
      return message;
    },
    edit(message, change) {
      revise(message, change, now());
      tell({ kind: 'edited', message });
    },
    remove(message) {
      message.deleted = true;
      tell({ kind: 'deleted', message });
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

export function isVisibleTo(message: DiscordMessage, personId: string): boolean {
  return !message.deleted && (message.onlyFor === undefined || message.onlyFor === personId);
}
