// What is written down of mails that are dropped, also when there are very many.
import { expect, test } from 'vitest';
import { createDropped } from '../../../src/bots/email/dropped.ts';
import { createLogger } from '../../../src/log.ts';

test('each is counted, sixty an hour are written down, and how many there were beyond them', async () => {
  const rows: unknown[] = [];
  let [counted, hours] = [0, 0];
  const dropped = createDropped({
    count: () => {
      counted += 1;
    },
    record: async (action, target) => void rows.push({ action, ...target }),
    now: () => new Date(Date.UTC(2026, 10, 16, 14 + hours)),
    logger: createLogger({ level: 'silent', secrets: [] }),
  });
  for (let at = 0; at < 100; at++) await dropped({ reason: 'unsigned', key: `k${at}`, from: 'evil.example' });
  expect(rows).toHaveLength(60);
  expect(rows[0]).toEqual({ action: 'mail.dropped', reason: 'unsigned', mail: 'k0', from: 'evil.example' });
  hours = 1;
  await dropped({ reason: 'not_raw', key: 'k' });
  expect(rows.slice(60)).toEqual([
    { action: 'mail.more_dropped', count: 40 },
    { action: 'mail.dropped', reason: 'not_raw', mail: 'k' },
  ]);
  expect(counted).toBe(101);
});
