// The figures at /metrics, scraped over HTTP, against what happened; and the example alerts against the figures.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReadiness } from '../../src/http/checks.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { measureHouse } from '../../src/verbs/house-metrics.ts';
import { eventually } from '../support/eventually.ts';
import { openTestHouse, type TestHouse, UNREPAIRED } from '../support/house.ts';

const ROOT = new URL('../../', import.meta.url);
const metrics = createMetrics('test');
let house: TestHouse;
let http: HttpServer;
let resting = 0;
beforeAll(async () => {
  house = await openTestHouse({ timings: UNREPAIRED, settings: { meters: metrics.meters } });
  const readiness = createReadiness([], house.services.logger);
  metrics.gauge({
    name: 'shellbox_part_ready',
    help: 'As serve has it.',
    label: 'part',
    read: () => ({ database: 1 }),
  });
  measureHouse(metrics, {
    services: house.services,
    dataDir: '/tmp',
    doors: ['chat', 'ssh'],
    restingLanes: () => resting,
    jobsAtWork: () => 0,
    keepMs: 0,
  });
  http = await startHttp({
    listen: { host: '127.0.0.1', port: 0 },
    metricsListen: undefined,
    readiness,
    metrics,
    logger: house.services.logger,
  });
});
afterAll(async () => {
  await http.close();
  await house.close();
});

/** Values by series, as Prometheus reads them. */
async function scrape(): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${http.listen?.port}/metrics`)).text();
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => {
        const cut = line.lastIndexOf(' ');
        return [line.slice(0, cut), Number(line.slice(cut + 1))];
      }),
  );
}

describe('a scrape', () => {
  test('shows what happened: answers, steps, tries, boxes and failures, each under few labels', async () => {
    await house.say('ana', 'spinup mybox');
    house.cloud.failNext('create', 'quota');
    await house.say('ben', 'spinup mybox');
    await house.say('ana', 'list');
    const figures = await eventually('all answers are noted', async () => {
      const found = await scrape();
      return (found.get('shellbox_door_final_seconds_count{door="chat"}') ?? 0) >= 3 ? found : undefined;
    });
    expect(figures.get('shellbox_door_ack_seconds_count{door="chat"}')).toBe(3);
    expect(figures.get('shellbox_door_final_seconds_count{door="chat"}')).toBe(3);
    expect(figures.get('shellbox_step_seconds_count{kind="spinup",step="instance",outcome="done"}')).toBe(1);
    expect(figures.get('shellbox_step_seconds_count{kind="spinup",step="instance",outcome="failed"}')).toBe(1);
    expect(figures.get('shellbox_job_tries_total{kind="spinup",outcome="succeeded",code="none"}')).toBe(1);
    expect(figures.get('shellbox_job_tries_total{kind="spinup",outcome="failed",code="quota"}')).toBe(1);
    expect(figures.get('shellbox_boxes{provider="seeded",state="running"}')).toBe(1);
    expect(figures.get('shellbox_boxes{provider="seeded",state="error"}')).toBe(1);
    expect(figures.get('shellbox_failures_last_hour{kind="spinup",code="quota"}')).toBe(1);
    expect(figures.get('shellbox_messages_pending{door="chat"}')).toBe(0);
    expect(figures.get('shellbox_round_held{round="reconcile"}')).toBe(1);
    expect(figures.get('shellbox_leases{kind="round"}')).toBeGreaterThan(1);
    expect(figures.get('shellbox_database_connections{state="open"}')).toBeGreaterThan(0);
    expect(figures.get('shellbox_data_free_bytes')).toBeGreaterThan(0);
    expect(Math.abs(figures.get('shellbox_clock_offset_seconds') ?? 99)).toBeLessThan(2);
    const ids = [...figures.keys()].filter((series) => /[0-9a-f]{8}-[0-9a-f]{4}|mybox|"ana"/.test(series));
    expect(ids).toEqual([]);
  });

  test('shows what waits, and since when', async () => {
    await house.sql(`UPDATE leases SET until = now() WHERE name = 'round:reminders'`);
    const [account] = await house.sql<{ id: string }>(`SELECT id FROM accounts WHERE name = 'ana'`);
    await house.sql(
      `INSERT INTO jobs (id, kind, queue, payload, box_id, account_id, state, max_tries, run_at, version)
       SELECT gen_random_uuid(), 'stop', 'vm-control', '{"reason":"command"}', b.id, b.account_id, 'queued', 2, now() - interval '400 seconds', 99
       FROM boxes b WHERE b.account_id = $1`,
      [account?.id],
    );
    await house.sql(
      `INSERT INTO deliveries (id, door, delivery_id, thread_id, speaker, text, interactive, received_at)
       SELECT gen_random_uuid(), 'ssh', 'lost', t.id, '{}', '', false, now() FROM threads t LIMIT 1`,
    );
    await house.sql(
      `INSERT INTO messages (id, thread_id, door, lane, kind, visibility, body, state, created_at, tries)
       SELECT gen_random_uuid(), t.id, s.door, 'nobody', 'notice', 'thread', '{}', s.state, now() - interval '90 seconds', 1
       FROM (SELECT id FROM threads LIMIT 1) t, (VALUES ('ssh', 'pending'), ('ssh', 'kept')) s(door, state)`,
    );
    await house.sql(
      `INSERT INTO orphans (provider, name, ref, first_seen_at) VALUES ('seeded', 'sb-stray-1', 'r', now())`,
    );
    await house.sql(
      `UPDATE boxes SET desired = 'running', state_since = now() - interval '6 minutes', state = 'stopped' WHERE account_id = $1`,
      [account?.id],
    );
    await house.sql(
      `INSERT INTO jobs (id, kind, queue, payload, box_id, account_id, state, max_tries, finished_at)
       SELECT gen_random_uuid(), 'stop', 'vm-control', '{"reason":"idle"}', b.id, b.account_id, 'succeeded', 2, now() FROM boxes b WHERE b.account_id = $1`,
      [account?.id],
    );
    resting = 2;
    // Held, so that nobody takes it over.
    await house.sql('BEGIN');
    await house.sql(`SELECT 1 FROM deliveries WHERE delivery_id = 'lost' FOR UPDATE`);
    const figures = await scrape();
    await house.sql('COMMIT');
    expect(figures.get('shellbox_deliveries_waiting{door="ssh"}')).toBe(1);
    expect(figures.get('shellbox_delivery_oldest_seconds{door="ssh"}')).toBeGreaterThan(0);
    expect(figures.get('shellbox_jobs{queue="vm-control",state="waiting"}')).toBe(1);
    expect(figures.get('shellbox_queue_oldest_seconds{queue="vm-control"}')).toBeGreaterThanOrEqual(400);
    expect(figures.get('shellbox_queue_oldest_seconds{queue="vm-provision"}')).toBe(0);
    expect(figures.get('shellbox_messages_pending{door="ssh"}')).toBe(1);
    expect(figures.get('shellbox_message_oldest_seconds{door="ssh"}')).toBeGreaterThanOrEqual(90);
    expect(figures.get('shellbox_messages_kept{door="ssh"}')).toBe(1);
    expect(figures.get('shellbox_orphans{provider="seeded"}')).toBe(1);
    expect(figures.get('shellbox_boxes_astray{provider="seeded"}')).toBe(1);
    expect(figures.get('shellbox_round_held{round="reminders"}')).toBe(0);
    expect(figures.get('shellbox_idle_stops_last_hour{cause="idle"}')).toBe(1);
    expect(figures.get('shellbox_lanes_resting')).toBe(2);
  });
});

describe('deploy/alerts.yml', () => {
  const alerts = readFileSync(new URL('deploy/alerts.yml', ROOT), 'utf8');
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
  const expressions = [...alerts.matchAll(/^\s+expr: (.*)$/gm)].map(([, line = '']) => line);

  test('asks for figures that a scrape has', async () => {
    const series = [...(await scrape()).keys()].map((one) => one.split('{')[0]);
    const asked = new Set(expressions.flatMap((line) => line.match(/\b(?:shellbox|nodejs)_\w+/g) ?? []));
    expect(asked.size).toBeGreaterThan(14);
    expect([...asked].filter((name) => !series.includes(name))).toEqual([]);
  });

  test('asks for labels that the figures have', async () => {
    const series = [...(await scrape()).keys()];
    for (const [, name = '', labels = ''] of expressions.flatMap((line) => [
      ...line.matchAll(/(shellbox_\w+)\{([^}]*)\}/g),
    ]))
      for (const [, label = ''] of labels.matchAll(/(\w+)[=!]/g))
        expect(
          series.some((one) => one.startsWith(`${name}{`) && one.includes(`${label}="`)),
          `${name} ${label}`,
        ).toBe(true);
  });

  test('has a heading in the runbook for each, and the runbook none without one', () => {
    const text = readFileSync(new URL('docs/operate.md', ROOT), 'utf8');
    const runbook = text.slice(text.indexOf('\n## Runbook'));
    const headings = [...runbook.matchAll(/^### (Shellbox\w+)$/gm)].map(([, name = '']) => name);
    expect(names.length).toBe(expressions.length);
    expect([...headings].sort()).toEqual([...names].sort());
    for (const name of names) expect(alerts).toContain(`runbook: docs/operate.md#${name.toLowerCase()}`);
  });
});
