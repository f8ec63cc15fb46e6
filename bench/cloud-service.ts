// Starts bench/service.ts, so that not Docker is measured but the house itself, and looks into its database.
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { freshPlace, NODE_OPTIONS, type PrivateService, serviceProcess } from './private-service.ts';
import type { ServiceMessage, ServiceSettings } from './service.ts';

const PROGRAM = fileURLToPath(new URL('service.ts', import.meta.url));

export interface CloudService extends PrivateService {
  /** When the arrival of that text from that key was written down, wall-clock milliseconds. */
  writtenAt(subject: string, text: string): number | undefined;
  sql<T extends object>(text: string): Promise<T[]>;
}

/** A service over the simulated cloud at this URL; `nodeOptions` go before the program, e.g. for a profile. */
export async function startCloudService(cloud: string, nodeOptions = NODE_OPTIONS): Promise<CloudService> {
  const place = await freshPlace();
  const settings: ServiceSettings = { ...place, cloud };
  const argv = [...nodeOptions, PROGRAM, JSON.stringify(settings)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const written = new Map<string, number>();
  const becoming = Promise.withResolvers<Extract<ServiceMessage, { kind: 'ready' }>>();
  child.on('message', (message: ServiceMessage) => {
    if (message.kind === 'ready') becoming.resolve(message);
    else written.set(`${message.subject} ${message.text}`, message.at);
  });
  const running = serviceProcess(child);
  const { hostKey, databaseUrl } = await running.ready(becoming.promise);
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  return {
    ...place,
    hostKey,
    process: running,
    writtenAt: (subject, text) => written.get(`${subject} ${text}`),
    sql: async <T extends object>(text: string) => (await database.query<T>(text)).rows,
    async stop() {
      await database.end();
      await running.end();
      await rm(place.dataDir, { recursive: true, force: true });
    },
  };
}
