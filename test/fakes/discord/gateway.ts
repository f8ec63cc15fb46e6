// The gateway: sessions over WebSockets, resumed after a break with what they missed.
// Source: https://discord.com/developers/docs/events/gateway
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { GatewayCloseCodes, GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { type AppIdentity, PRIVILEGED_INTENTS } from './app-identity.ts';

export interface GatewayEvent {
  name: string;
  data: unknown;
  /** One of these intents is needed; 0 for what every session gets. */
  intents: number;
}

export interface Gateway {
  /** To every session that asked for it; those that broke off get it when they resume. */
  dispatch(event: GatewayEvent): void;
  /** Sends the newest event once more, as happens after a break. */
  repeat(): void;
  /** Open connections that are identified or resumed. */
  connections(): number;
  /** Resolves when so many are connected. Rejects when the signal is aborted. */
  connected(count: number, signal: AbortSignal): Promise<void>;
  /** How often a session was begun, and how often one was resumed. */
  counts(): { identified: number; resumed: number; heartbeats: number };
  /** Breaks every connection without a word. */
  drop(): void;
  /** Asks every connection to reconnect and resume, as Discord does every few hours. */
  askToReconnect(): void;
  /** Forgets all sessions: resuming is refused from now on, until a new one begins. */
  refuseResume(): void;
  /** Sends this text as it is on every connection. */
  sendRaw(text: string): void;
  close(): Promise<void>;
}

export interface GatewayOptions {
  http: Server;
  app: AppIdentity;
  heartbeatMs: number;
  resumeUrl: () => string;
  /** What READY tells besides ids, and what follows it. */
  greeting: (intents: number) => { ready: Record<string, unknown>; followedBy: readonly GatewayEvent[] };
}

interface Session {
  readonly id: string;
  readonly intents: number;
  readonly sent: { seq: number; text: string }[];
  socket: WebSocket | undefined;
}

const messageSchema = z.looseObject({ op: z.number().int(), d: z.unknown() });
const identifySchema = z.looseObject({ token: z.string(), intents: z.number().int() });
const resumeSchema = z.looseObject({ token: z.string(), session_id: z.string(), seq: z.number().int().nullable() });
const PATH = '/gateway';
const ABNORMAL = 4000;

export function openGateway({ http, app, heartbeatMs, resumeUrl, greeting }: GatewayOptions): Gateway {
  const server = new WebSocketServer({ noServer: true });
  const sessions = new Map<string, Session>();
  const watchers = new Set<() => void>();
  let newest: GatewayEvent | undefined;
  const counts = { identified: 0, resumed: 0, heartbeats: 0 };

  http.on('upgrade', (request, socket, head) => {
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== PATH)
      return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    server.handleUpgrade(request, socket, head, greet);
  });

  const live = () => [...sessions.values()].filter(({ socket }) => socket !== undefined);
  const sockets = () => live().flatMap(({ socket }) => socket ?? []);
  const tellWatchers = () => {
    for (const watcher of watchers) watcher();
  };

  function greet(socket: WebSocket): void {
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      for (const session of sessions.values()) if (session.socket === socket) session.socket = undefined;
    });
    socket.on('message', (data) => {
      const read = messageSchema.safeParse(parsed(String(data)));
      if (!read.success) return void socket.close(GatewayCloseCodes.DecodeError, 'Error while decoding payload.');
      take(socket, read.data.op, read.data.d);
    });
    sendTo(socket, { op: GatewayOpcodes.Hello, d: { heartbeat_interval: heartbeatMs } });
  }

  function take(socket: WebSocket, op: number, data: unknown): void {
    const session = live().find((one) => one.socket === socket);
    switch (op) {
      case GatewayOpcodes.Heartbeat:
        counts.heartbeats += 1;
        return void sendTo(socket, { op: GatewayOpcodes.HeartbeatAck });
      case GatewayOpcodes.Identify:
        if (session !== undefined)
          return void socket.close(GatewayCloseCodes.AlreadyAuthenticated, 'Already authenticated.');
        return void identify(socket, data);
      case GatewayOpcodes.Resume:
        return void resume(socket, data);
      case GatewayOpcodes.PresenceUpdate:
      case GatewayOpcodes.RequestGuildMembers:
        if (session === undefined) socket.close(GatewayCloseCodes.NotAuthenticated, 'Not authenticated.');
        return;
      default:
        return void socket.close(GatewayCloseCodes.UnknownOpcode, 'Unknown opcode.');
    }
  }

  function identify(socket: WebSocket, data: unknown): void {
    const read = identifySchema.safeParse(data);
    if (!read.success) return void socket.close(GatewayCloseCodes.DecodeError, 'Error while decoding payload.');
    const { token, intents } = read.data;
    if (!isToken(token)) return void socket.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.');
    if ((intents & PRIVILEGED_INTENTS & ~app.grantedIntents) !== 0)
      return void socket.close(GatewayCloseCodes.DisallowedIntents, 'Disallowed intent(s).');
    const session: Session = { id: randomBytes(16).toString('hex'), intents, sent: [], socket };
    sessions.set(session.id, session);
    counts.identified += 1;
    const { ready, followedBy } = greeting(intents);
    const ids = { session_id: session.id, resume_gateway_url: resumeUrl(), session_type: 'normal', shard: [0, 1] };
    give(session, { name: 'READY', data: { v: 10, ...ready, ...ids }, intents: 0 });
    for (const event of followedBy) give(session, event);
    tellWatchers();
  }

  function resume(socket: WebSocket, data: unknown): void {
    const read = resumeSchema.safeParse(data);
    if (!read.success) return void socket.close(GatewayCloseCodes.DecodeError, 'Error while decoding payload.');
    if (!isToken(read.data.token))
      return void socket.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.');
    const session = sessions.get(read.data.session_id);
    if (session === undefined) return void sendTo(socket, { op: GatewayOpcodes.InvalidSession, d: false });
    const seen = read.data.seq ?? 0;
    if (seen > session.sent.length) return void socket.close(GatewayCloseCodes.InvalidSeq, 'Invalid seq.');
    session.socket?.terminate();
    session.socket = socket;
    counts.resumed += 1;
    for (const { seq, text } of session.sent) if (seq > seen) socket.send(text);
    give(session, { name: 'RESUMED', data: {}, intents: 0 });
    tellWatchers();
  }

  function give(session: Session, { name, data, intents }: GatewayEvent): void {
    if (intents !== 0 && (session.intents & intents) === 0) return;
    const seq = session.sent.length + 1;
    const text = JSON.stringify({ op: GatewayOpcodes.Dispatch, t: name, s: seq, d: data });
    session.sent.push({ seq, text });
    session.socket?.send(text);
  }

  const isToken = (token: string) => token === app.token && !app.revoked;

  return {
    dispatch(event) {
      newest = event;
      for (const session of sessions.values()) give(session, event);
    },
    repeat() {
      for (const session of sessions.values()) if (newest !== undefined) give(session, newest);
    },
    connections: () => live().length,
    connected: (count, signal) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (live().length < count && !signal.aborted) return;
          watchers.delete(look);
          signal.removeEventListener('abort', look);
          if (live().length >= count) resolve();
          else reject(new Error(`${live().length} of ${count} sessions were begun.`, { cause: signal.reason }));
        };
        watchers.add(look);
        signal.addEventListener('abort', look);
        look();
      }),
    counts: () => ({ ...counts }),
    drop() {
      for (const socket of sockets()) socket.terminate();
    },
    askToReconnect() {
      for (const socket of sockets()) {
        sendTo(socket, { op: GatewayOpcodes.Reconnect, d: null });
        socket.close(ABNORMAL);
      }
    },
    refuseResume() {
      const open = sockets();
      sessions.clear();
      for (const socket of open) socket.terminate();
    },
    sendRaw(text) {
      for (const socket of sockets()) socket.send(text);
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of server.clients) socket.terminate();
        for (const socket of sockets()) socket.terminate();
        server.close(() => resolve());
      }),
  };
}

/** The intent for messages in the server, or in direct messages. */
export function messageIntent(isDirect: boolean): number {
  return isDirect ? GatewayIntentBits.DirectMessages : GatewayIntentBits.GuildMessages;
}

function sendTo(socket: WebSocket, message: { op: number; d?: unknown }): void {
  socket.send(JSON.stringify({ d: null, s: null, t: null, ...message }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
