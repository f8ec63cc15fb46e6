// Names each write to the database, each request to a provider or a platform and each program that this process runs, and dies at one of
// them when it is told to. Nothing in the program is made for it, so nothing can be forgotten.
import { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';
import { Client } from 'pg';
import { z } from 'zod';
import { createStatementNames, isWrite } from './statements.ts';

/** `before`: nothing of it has left the process. `after`: it is done, and the process knows, and has told nobody. */
export type When = 'before' | 'after';

export const orderSchema = z.discriminatedUnion('do', [
  /** From now on: names what it meets, to be asked for with `tell`. */
  z.object({ do: z.literal('watch') }),
  z.object({ do: z.literal('tell') }),
  /** Dies when it meets this point for the nth time. */
  z.object({ do: z.literal('die'), name: z.string(), when: z.enum(['before', 'after']), nth: z.number() }),
  z.object({ do: z.literal('live') }),
  /** What people are told the time is, milliseconds ahead of what it is. */
  z.object({ do: z.literal('clock'), aheadMs: z.number() }),
]);
export type Order = z.infer<typeof orderSchema>;

/** Names of peers by the origin of their address; what speaks to a socket in the file system is `docker`. */
export type Peers = Readonly<Record<string, string>>;

interface Points {
  obey(order: Order): void;
}

/** Watches this process from now on. */
export function watchPoints(peers: Peers): Points {
  const met = new Map<string, number>();
  let watching = false;
  let fatal: (Extract<Order, { do: 'die' }> & { left: number }) | undefined;

  function meet(name: string, when: When): void {
    if (watching && when === 'before') met.set(name, (met.get(name) ?? 0) + 1);
    if (fatal === undefined || fatal.name !== name || fatal.when !== when) return;
    fatal.left -= 1;
    // Before the next instruction: a signal to oneself is there when the call returns.
    if (fatal.left === 0) process.kill(process.pid, 'SIGKILL');
  }

  watchDatabase(meet);
  watchRequests(peers, meet);
  watchPrograms(meet);
  return {
    obey(order) {
      if (order.do === 'watch') {
        watching = true;
        met.clear();
      }
      if (order.do === 'tell') process.send?.({ met: [...met] });
      if (order.do === 'die') fatal = { ...order, left: order.nth };
      if (order.do === 'live') fatal = undefined;
    },
  };
}

type Meet = (name: string, when: When) => void;

const queryText = z.union([z.string(), z.object({ text: z.string() }).transform(({ text }) => text)]);

function watchDatabase(meet: Meet): void {
  const nameOf = createStatementNames();
  /** The last write of the transaction that is under way on a connection. */
  const written = new WeakMap<object, string>();
  const query: (...args: unknown[]) => unknown = Client.prototype.query;

  function pointOf(client: object, sql: string): string | undefined {
    if (isWrite(sql)) {
      const name = `database ${nameOf(sql)}`;
      written.set(client, name);
      return name;
    }
    const isCommit = sql === 'COMMIT';
    const last = written.get(client);
    if (isCommit || sql === 'ROLLBACK' || sql === 'BEGIN') written.delete(client);
    return isCommit && last !== undefined ? `${last}, commit` : undefined;
  }

  Object.assign(Client.prototype, {
    query(this: object, ...args: unknown[]) {
      const text = queryText.safeParse(args[0]);
      const name = text.success ? pointOf(this, text.data) : undefined;
      if (name === undefined) return query.apply(this, args);
      meet(name, 'before');
      const done = args.at(-1);
      // As the pool calls it.
      if (typeof done === 'function') {
        const told = (...outcome: unknown[]): unknown => {
          meet(name, 'after');
          return done(...outcome);
        };
        return query.apply(this, [...args.slice(0, -1), told]);
      }
      const result = query.apply(this, args);
      if (!(result instanceof Promise)) return result;
      return result.then((value) => {
        meet(name, 'after');
        return value;
      });
    },
  });
}

const undiciRequest = z.object({
  request: z.object({ origin: z.coerce.string(), method: z.string(), path: z.string() }),
});
const httpRequest = z.object({ request: z.instanceof(ClientRequest) });

/** https://nodejs.org/api/diagnostics_channel.html#http and https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
function watchRequests(peers: Peers, meet: Meet): void {
  const ofUndici = (message: unknown): string | undefined => {
    const { request } = undiciRequest.parse(message);
    const peer = peers[new URL(request.origin).origin];
    return peer && `${peer} ${request.method} ${plainPath(request.path)}`;
  };
  subscribe('undici:request:create', (message) => tell(ofUndici(message), 'before'));
  subscribe('undici:request:trailers', (message) => tell(ofUndici(message), 'after'));

  const ofHttp = (message: unknown): string | undefined => {
    const { request } = httpRequest.parse(message);
    const ends =
      'socketPath' in request && request.socketPath ? 'docker' : peers[`http://${request.getHeader('host')}`];
    return ends && `${ends} ${request.method} ${plainPath(request.path)}`;
  };
  subscribe('http.client.request.created', (message) => tell(ofHttp(message), 'before'));
  subscribe('http.client.response.finish', (message) => tell(ofHttp(message), 'after'));

  function tell(name: string | undefined, when: When): void {
    if (name !== undefined && !/ (GET|HEAD) /.test(name)) meet(name, when);
  }
}

/** Without what is in it by accident: queries, ids, names of instances. */
function plainPath(path: string): string {
  return path.replace(/\?.*/, '').replaceAll(/\/(?:[0-9a-f]{12,64}|sb-[^/]*|\d{6,}|[\w-]*\d[\w-]{20,})(?=\/|$)/g, '/…');
}

const spawning = z.object({
  process: z.instanceof(ChildProcess),
  options: z.object({ file: z.string() }),
});

/** https://nodejs.org/api/diagnostics_channel.html#child-process */
function watchPrograms(meet: Meet): void {
  subscribe('tracing:child_process.spawn:start', (message) => {
    const { process: program, options } = spawning.parse(message);
    const name = `program ${options.file.split('/').at(-1)}`;
    meet(name, 'before');
    program.once('exit', () => meet(name, 'after'));
  });
}
