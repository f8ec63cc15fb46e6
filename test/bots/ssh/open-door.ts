// An open SSH door with a fake directory and a fake intake, and one person's OpenSSH client in front of it.
import { randomUUID } from 'node:crypto';
import { generateHostKey } from '../../../src/bots/ssh/host-keys.ts';
import type { SshLimits } from '../../../src/bots/ssh/limits.ts';
import { createSshDoor, type SshDoor } from '../../../src/bots/ssh/ssh.ts';
import { createLogger } from '../../../src/log.ts';
import { createFakeDirectory, type FakeDirectory } from '../../fakes/directory.ts';
import { createFakeIntake, type FakeIntake } from '../../fakes/intake.ts';
import { BOX_USER, type BoxSshd, startBoxSshd } from './box-sshd.ts';
import { createOpenSsh, type OpenSsh, type Ran, type Running } from './openssh.ts';

export interface OpenDoor {
  door: SshDoor;
  port: number;
  directory: FakeDirectory;
  intake: FakeIntake;
  person: OpenSsh;
  gatewayPublicKey: string;
  /** Lines of the log. */
  log: string[];
  /** A running OpenSSH server that is the person's box of this name. */
  addBox(name: string, settings?: readonly string[]): Promise<BoxSshd>;
  /** `ssh … <args>` as the person. */
  ssh(args: readonly string[], input?: string | Buffer): Promise<Ran>;
  startSsh(args: readonly string[]): Running;
  close(): Promise<void>;
}

export const HOST = '127.0.0.1';
export const ACCOUNT = { id: 'account-ana', name: 'ana', timeZone: 'UTC' };
/** A Saturday. */
export const NOW = new Date('2026-11-21T12:00:00Z');
export const STOPPED_SINCE = new Date('2026-11-17T18:55:00Z');

export async function openDoor(
  limits: Partial<SshLimits> = {},
  intake: FakeIntake = createFakeIntake(),
  processId = 'process-1',
): Promise<OpenDoor> {
  const directory = createFakeDirectory();
  const log: string[] = [];
  const gateway = generateHostKey();
  const door = createSshDoor({
    listen: { host: HOST, port: 0 },
    hostKey: generateHostKey().privateKey,
    gatewayKey: gateway.privateKey,
    directory,
    processId,
    logger: createLogger({ level: 'debug', secrets: [], destination: { write: (line) => log.push(line) } }),
    now: () => NOW,
    newId: randomUUID,
    limits: { drainMs: 100, ...limits },
    boxUser: BOX_USER,
  });
  intake.speakThrough(door);
  await door.open(intake);
  const { port } = door.address();
  const person = createOpenSsh();
  person.knowHost(HOST, port, door.hostPublicKey);
  directory.keys.set(person.fingerprint, { account: ACCOUNT, boxIds: [] });
  const boxes: BoxSshd[] = [];

  return {
    door,
    port,
    directory,
    intake,
    person,
    gatewayPublicKey: gateway.publicKey,
    log,
    async addBox(name, settings) {
      const box = await startBoxSshd([gateway.publicKey, person.publicKey], settings);
      boxes.push(box);
      const { host, hostPublicKey } = box;
      directory.boxes.set(name, {
        id: name,
        name,
        accountId: ACCOUNT.id,
        state: 'running',
        stateSince: STOPPED_SINCE,
        sleptAt: undefined,
        wakes: true,
        endpoint: { host, port: box.port },
        hostPublicKey,
      });
      const known = directory.keys.get(person.fingerprint);
      directory.keys.set(person.fingerprint, { account: known?.account, boxIds: [...(known?.boxIds ?? []), name] });
      return box;
    },
    ssh: (args, input) => person.run('ssh', [...person.options(port), ...args], input),
    startSsh: (args) => person.start('ssh', [...person.options(port), ...args]),
    async close() {
      await door.close();
      await Promise.all(boxes.map((box) => box.stop()));
      person.remove();
    },
  };
}
