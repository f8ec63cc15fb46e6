// What cannot be reached: a box that is not the box or does not answer, and a port that is taken.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateHostKey } from '../../../src/bots/ssh/host-keys.ts';
import { createSshDoor } from '../../../src/bots/ssh/ssh.ts';
import { createLogger } from '../../../src/log.ts';
import { createFakeDirectory } from '../../fakes/directory.ts';
import { HOST, type OpenDoor, openDoor } from './open-door.ts';

let open: OpenDoor;
beforeEach(async () => {
  open = await openDoor();
});
afterEach(() => open.close());

describe('a box that is not the box', () => {
  it('is refused, and nothing is sent to it', async () => {
    await open.addBox('mybox');
    const box = open.directory.boxes.get('mybox');
    if (box === undefined) throw new Error('no box');
    open.directory.boxes.set('mybox', { ...box, hostPublicKey: generateHostKey().publicKey });
    const ran = await open.ssh([`mybox@${HOST}`, 'echo in']);
    expect(ran).toMatchObject({ status: 1, out: '' });
    expect(ran.err).toContain('it is not mybox. You were not connected.');
    expect(open.directory.openings).toEqual([]);
  });

  it('that does not answer is told so, with what to do', async () => {
    await open.close();
    open = await openDoor({ boxAnswerMs: 200 });
    const sshd = await open.addBox('mybox');
    await sshd.stop();
    const ran = await open.ssh([`mybox@${HOST}`, 'echo in']);
    expect(ran).toEqual({
      status: 1,
      out: '',
      err: 'mybox runs, but its SSH does not answer. Try again in a moment; if it stays so, stop and start it.\n',
    });
  });
});

describe('a door that cannot be opened', () => {
  it('says which variable names the port that is taken, and what to do', async () => {
    const second = createSshDoor({
      listen: { host: HOST, port: open.port },
      hostKey: generateHostKey().privateKey,
      gatewayKey: generateHostKey().privateKey,
      directory: createFakeDirectory(),
      processId: 'process-2',
      logger: createLogger({ level: 'silent', secrets: [] }),
      now: () => new Date(),
      newId: () => '1',
    });
    await expect(second.open(open.intake)).rejects.toMatchObject({
      code: 'port_taken',
      message: `SSH_LISTEN ${HOST}:${open.port} is in use by another program.`,
    });
  });
});
