// Wake-ups over a real Redis: they arrive, they may come again, and their loss is nobody's error.
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { QUEUE_NAMES, QUEUE_OF, QUEUES } from '../../src/queue/queues.ts';
import { type Listener, listen, listenQueue, openWakes, type Wakes } from '../../src/queue/wakes.ts';
import { secret } from '../../src/secret.ts';
import { JOB_KINDS } from '../../src/store/jobs.ts';
import { eventually } from '../support/eventually.ts';
import { type Servers, startServers } from '../support/postgres.ts';

const logger = createLogger({ level: 'silent', secrets: [] });
let servers: Servers;
let wakes: Wakes;
const open: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  servers = await startServers();
  wakes = openWakes(secret(servers.redisUrl), logger);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await flush();
});
afterAll(async () => {
  await wakes.close();
  await servers.stop();
});

const keep = (listener: Listener) => open.push(listener);
function flush(): Promise<void> {
  const redis = new Redis(servers.redisUrl.replace('unix://', ''));
  return redis.flushall().then(() => redis.disconnect());
}

test('a job wakes a worker of its queue and of no other', async () => {
  const woken = { 'vm-provision': 0, 'vm-control': 0, 'vm-exec': 0 };
  for (const queue of QUEUE_NAMES) {
    keep(
      listenQueue(secret(servers.redisUrl), logger, queue, async () => {
        woken[queue] += 1;
      }),
    );
  }
  await wakes.wakeWorker('vm-control', 'job-1');
  await eventually('the worker is woken', () => woken['vm-control'] === 1);
  expect(woken['vm-provision']).toBe(0);
});

test('the same job wakes again: by another attempt at once, by the same one when the first was taken', async () => {
  let woken = 0;
  keep(
    listenQueue(secret(servers.redisUrl), logger, 'vm-control', async () => {
      woken += 1;
    }),
  );
  for (let time = 1; time <= 3; time++) {
    await wakes.wakeWorker('vm-control', 'job-2', time);
    await eventually('woken once more', () => woken === time);
  }
  await eventually('woken by the same attempt', async () => {
    await wakes.wakeWorker('vm-control', 'job-2', 1);
    return woken > 3;
  });
});

test('a wake-up waits for a worker that is not there yet', async () => {
  await wakes.wakeWorker('vm-provision', 'job-3');
  let woken = 0;
  keep(
    listenQueue(secret(servers.redisUrl), logger, 'vm-provision', async () => {
      woken += 1;
    }),
  );
  await eventually('the late worker is woken', () => woken === 1);
});

test('a retry wakes when it is due', async () => {
  const began = performance.now();
  let after = 0;
  keep(
    listenQueue(secret(servers.redisUrl), logger, 'vm-control', async () => {
      after = performance.now() - began;
    }),
  );
  await wakes.wakeWorker('vm-control', 'job-4', 1, 300);
  await eventually('woken', () => after > 0);
  expect(after).toBeGreaterThanOrEqual(295);
});

test('what others publish on our channel wakes nobody and hurts nobody', async () => {
  const heard: string[][] = [];
  keep(listen(secret(servers.redisUrl), logger, { lanes: (lanes) => void heard.push(lanes) }));
  const redis = new Redis(servers.redisUrl.replace('unix://', ''));
  await eventually('lanes are heard', async () => {
    for (const text of ['not json', '7', '{"lanes":["x"]}', '[1,null]']) await redis.publish('shellbox:lanes', text);
    await wakes.wakeLanes(['ours']);
    return heard.some((lanes) => lanes.includes('ours'));
  });
  redis.disconnect();
  expect(heard.flat().filter((lane) => lane !== 'ours')).toEqual([]);
});

test('a worker that fails is woken by the next one all the same', async () => {
  let woken = 0;
  keep(
    listenQueue(secret(servers.redisUrl), logger, 'vm-control', async () => {
      woken += 1;
      if (woken === 1) throw new Error('It fell over.');
    }),
  );
  await wakes.wakeWorker('vm-control', 'job-5', 1);
  await wakes.wakeWorker('vm-control', 'job-5', 2);
  await eventually('woken twice', () => woken === 2);
});

test('as many as its concurrency allows work at once, and no more', async () => {
  const done = Promise.withResolvers<void>();
  let [active, most] = [0, 0];
  keep(
    listenQueue(secret(servers.redisUrl), logger, 'vm-provision', async () => {
      active += 1;
      most = Math.max(most, active);
      await done.promise;
      active -= 1;
    }),
  );
  for (let job = 0; job < 6; job++) await wakes.wakeWorker('vm-provision', `busy-${job}`);
  await eventually('all that may work do', () => active === QUEUES['vm-provision'].concurrency);
  done.resolve();
  await eventually('all are done', () => active === 0);
  expect(most).toBe(QUEUES['vm-provision'].concurrency);
});

test('lanes and changes reach everybody who listens, also after Redis was emptied', async () => {
  const heard: string[] = [];
  for (const name of ['one', 'two']) {
    keep(
      listen(secret(servers.redisUrl), logger, {
        lanes: (lanes) => void heard.push(...lanes.map((lane) => `${name} ${lane}`)),
        changed: (id) => void heard.push(`${name} ${id}`),
      }),
    );
  }
  await flush();
  await eventually('both hear lanes', async () => {
    await wakes.wakeLanes(['slack:C1']);
    return heard.includes('one slack:C1') && heard.includes('two slack:C1');
  });
  await wakes.changed('job-9');
  await eventually('both hear changes', () => heard.includes('one job-9') && heard.includes('two job-9'));
});

test('without Redis every wake-up ends soon and without an error', async () => {
  const nowhere = openWakes(secret(`unix://${servers.dataDir}/no-such-socket`), logger);
  const began = performance.now();
  await Promise.all([nowhere.wakeWorker('vm-control', 'job'), nowhere.wakeLanes(['a']), nowhere.changed('b')]);
  expect(performance.now() - began).toBeLessThan(5000);
  await nowhere.close();
});

test('every kind of job has a queue of its own tries and workers', () => {
  for (const kind of JOB_KINDS) expect(QUEUES[QUEUE_OF[kind]].maxTries).toBeGreaterThan(0);
  expect(QUEUES).toMatchObject({
    'vm-provision': { concurrency: 2, maxTries: 3 },
    'vm-control': { concurrency: 5, maxTries: 2 },
  });
});
