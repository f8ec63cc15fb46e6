// The SSH door under the contract of all doors, with OpenSSH's client as the platform.
import { doorContract, type Said } from '../../contracts/door.ts';
import { HOST, openDoor } from './open-door.ts';

doorContract('The SSH door', async (intake) => {
  const open = await openDoor({}, intake);
  const others: { close(): Promise<void> }[] = [];
  return {
    door: open.door,
    person: {
      async says(command): Promise<Said> {
        const running = open.startSsh([`ana@${HOST}`, command]);
        running.child.stdin.end();
        return {
          shown: () => running.out() + running.err(),
          acknowledged: async () => (await running.ended).status === 0,
          async leave() {
            const ends = (): number => open.log.filter((line) => line.includes('An SSH session has ended')).length;
            const before = ends();
            running.child.kill('SIGKILL');
            await running.ended;
            while (ends() === before) await new Promise((resolve) => setImmediate(resolve));
          },
        };
      },
    },
    async restarted(later) {
      const again = await openDoor({}, later, 'process-2');
      others.push(again);
      return again.door;
    },
    async close() {
      await Promise.all([open, ...others].map((one) => one.close()));
    },
  };
});
