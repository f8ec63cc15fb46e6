// A program that starts the embedded servers in argv[2], prints their addresses as one JSON line, and stays until it is killed.
import { startEmbedded } from '../../src/embedded/embedded.ts';
import { recordingLogger } from './recorder.ts';

const [, , dataDir = ''] = process.argv;
process.on('SIGINT', () => {}); // as the service does, which drains before its servers go
const servers = await startEmbedded({
  dataDir,
  logger: recordingLogger().logger,
  signal: new AbortController().signal,
});
process.stdout.write(`${JSON.stringify({ databaseUrl: servers.databaseUrl, redisUrl: servers.redisUrl })}\n`);
