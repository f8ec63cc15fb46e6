// Socket Mode: the app's WebSocket connections, each envelope on one of them, acknowledged within three seconds.
// Source: https://docs.slack.dev/apis/events-api/using-socket-mode
import { randomBytes, randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { isRecord } from './arguments.ts';
import type { Attempt, Carrier } from './carrier.ts';
import { SOCKET_CONNECTIONS_MAX } from './limits.ts';

export interface SocketModeOptions {
  http: Server;
  appId: string;
  ackDeadlineMs: number;
}

export interface SocketMode extends Carrier {
  /** A URL for one connection; undefined when there are as many as Slack allows. */
  grantUrl(origin: string): string | undefined;
  connections(): number;
  /** Resolves when so many are connected and have been greeted. Rejects when the signal is aborted. */
  connected(count: number, signal: AbortSignal): Promise<void>;
  /** Asks every connection to reconnect, as Slack does every few hours, and closes it. */
  refresh(reason?: 'warning' | 'refresh_requested' | 'link_disabled'): void;
  /** Breaks every connection without a word. */
  drop(): void;
  close(): Promise<void>;
}

type Acknowledge = (payload: Record<string, unknown>) => void;

export function openSocketMode({ http, appId, ackDeadlineMs }: SocketModeOptions): SocketMode {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Set<string>();
  const open: WebSocket[] = [];
  const waiting = new Map<string, Acknowledge>();
  const watchers = new Set<() => void>();
  let turn = 0;

  http.on('upgrade', (request, socket, head) => {
    const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
    if (!tickets.delete(ticket)) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
    server.handleUpgrade(request, socket, head, greet);
  });

  function greet(socket: WebSocket): void {
    open.push(socket);
    socket.on('close', () => {
      const index = open.indexOf(socket);
      if (index >= 0) open.splice(index, 1);
    });
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => acknowledge(String(data)));
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: open.length,
        debug_info: { host: 'applink-1', build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: appId },
      }),
    );
    for (const watcher of watchers) watcher();
  }

  function acknowledge(text: string): void {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || typeof value.envelope_id !== 'string') return;
    waiting.get(value.envelope_id)?.(isRecord(value.payload) ? value.payload : {});
  }

  /** The next connection that is still open; another one than last time if there are several. */
  function next(): WebSocket | undefined {
    turn += 1;
    return open[turn % Math.max(1, open.length)];
  }

  return {
    grantUrl(origin) {
      if (open.length >= SOCKET_CONNECTIONS_MAX) return undefined;
      const ticket = randomBytes(12).toString('hex');
      tickets.add(ticket);
      return `${origin.replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${appId}`;
    },
    connections: () => open.length,
    connected: (count, signal) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (open.length < count && !signal.aborted) return;
          watchers.delete(look);
          signal.removeEventListener('abort', look);
          if (open.length >= count) resolve();
          else reject(new Error(`${open.length} of ${count} connections were opened.`, { cause: signal.reason }));
        };
        watchers.add(look);
        signal.addEventListener('abort', look);
        look();
      }),
    async carry({ kind, payload }, { retryNumber, retryReason }) {
      const startedMs = performance.now();
      const socket = next();
      const ended = (outcome: Attempt['outcome'], answer?: Record<string, unknown>): Attempt => ({
        outcome,
        to: 'socket',
        retryNumber,
        status: undefined,
        answer: answer === undefined || Object.keys(answer).length === 0 ? undefined : answer,
        noRetry: false,
        tookMs: performance.now() - startedMs,
      });
      if (socket === undefined) return ended('unreachable');
      const envelopeId = randomUUID();
      const { promise, resolve } = Promise.withResolvers<Attempt>();
      const timer = setTimeout(() => resolve(ended('late')), ackDeadlineMs);
      const onClose = () => resolve(ended('unreachable'));
      socket.once('close', onClose);
      waiting.set(envelopeId, (answer) => resolve(ended('acknowledged', answer)));
      const retry = kind === 'events_api' ? { retry_attempt: retryNumber, retry_reason: retryReason ?? '' } : {};
      const accepts = kind !== 'events_api';
      socket.send(
        JSON.stringify({ envelope_id: envelopeId, payload, type: kind, accepts_response_payload: accepts, ...retry }),
      );
      return await promise.finally(() => {
        clearTimeout(timer);
        socket.off('close', onClose);
        waiting.delete(envelopeId);
      });
    },
    refresh(reason = 'refresh_requested') {
      for (const socket of [...open]) {
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } }));
        if (reason !== 'warning') socket.close(1000);
      }
    },
    drop() {
      for (const socket of [...open]) socket.terminate();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of [...open]) socket.terminate();
        server.close(() => resolve());
      }),
  };
}
