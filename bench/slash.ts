// How soon Slack has its acknowledgement when two hundred people type a command within one second, and whether all get their final.

import { MANIFEST } from '../test/bots/slack/open-door.ts';
import { openSlack } from '../test/fakes/slack/slack.ts';
import { openLaboratory } from '../test/faults/laboratory.ts';
import { atMost, type Figure, percentile, rounded } from './figures.ts';

const PEOPLE = 200;
const CHANNELS = 50;
const WITHIN_MS = 1_000;
const LIMIT_MS = 1_000;
const ALL_FINALS_MS = 120_000;

/** Over one bots and one worker process and the simulated cloud; the Slack of tests enforces its deadline of 3 s and ten times its rates. */
export async function benchSlash(): Promise<Figure> {
  const slack = await openSlack({ ...MANIFEST, timesFaster: 10 });
  const lab = await openLaboratory(1, 'none', { slack, slackEveryMs: 100 });
  try {
    await Promise.all([lab.launch('bots'), lab.launch('worker')]);
    const people = Array.from({ length: PEOPLE }, (_, person) => slack.user(`person-${person}`));
    const channels = Array.from({ length: CHANNELS }, (_, channel) => slack.addChannel(`room-${channel}`).id);
    const placeOf = (person: number): string => channels[person % CHANNELS] ?? '';
    const began = performance.now();
    const acts = await Promise.all(
      people.map(async (person, at) => {
        await new Promise((resolve) => setTimeout(resolve, (at * WITHIN_MS) / PEOPLE));
        return person.types('/shellbox spinup mybox', { channel: placeOf(at) }).acknowledged();
      }),
    );
    if (acts.some(({ ok }) => !ok)) throw new Error('A command was not acknowledged within 3 s.');
    const finals = (): number =>
      channels.reduce((sum, id) => sum + slack.messages(id).filter(({ text }) => text.includes('is ready')).length, 0);
    while (finals() < PEOPLE && performance.now() - began < ALL_FINALS_MS)
      await new Promise((resolve) => setTimeout(resolve, 50));
    if (finals() !== PEOPLE) throw new Error(`${finals()} finals for ${PEOPLE} commands.`);
    const tookMs = acts.map(({ tookMs }) => tookMs);
    const refused = slack.calls().filter(({ outcome }) => outcome === 'ratelimited').length;
    return atMost(`${PEOPLE} slash commands in a second, acknowledged, p99`, percentile(tookMs, 0.99), LIMIT_MS, 'ms', [
      `p50 ${rounded(percentile(tookMs, 0.5))} ms, worst ${rounded(Math.max(...tookMs))} ms; ${CHANNELS} channels`,
      `all ${PEOPLE} finals delivered ${rounded((performance.now() - began) / 1000)} s after the first command; ${refused} posts were refused for their rate and came later`,
    ]);
  } finally {
    await lab.close();
    await slack.close();
  }
}
