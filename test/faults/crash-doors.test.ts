// The doors of Slack and Discord: a bots process dies before and after each request to the platform that a spinup makes, the first and later ones.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { When } from '../fakes/points.ts';
import { mulberry32 } from '../fakes/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { type Laboratory, openLaboratory } from './laboratory.ts';
import type { Member } from './member.ts';
import { type Asker, openDiscordThreads, openSlackThreads, type ThreadDoor } from './thread-doors.ts';
import { isWide } from './wide.ts';

const SEED = Number(process.env.FAULT_SEED ?? 1);
const SETTLE_MS = 180_000;
const MOST_TIMES_ASKED = 6;
/** Of one kind of request in one spinup; the third edit of a message is like the second. */
const MOST_OF_A_KIND = 3;

interface PlatformCrash {
  name: string;
  when: When;
  nth: number;
}

const DOORS = [
  { platform: 'slack', open: openSlackThreads },
  { platform: 'discord', open: openDiscordThreads },
];

describe.each(DOORS)(`a process that dies at a request to $platform, seed ${SEED}`, ({ platform, open }) => {
  let door: ThreadDoor;
  let lab: Laboratory;
  let people = 0;

  beforeAll(async () => {
    door = await open();
    lab = await openLaboratory(SEED, 'none', door.lab);
    await Promise.all([lab.launch('bots'), lab.launch('worker')]);
    await door.attended(lab);
  }, SETTLE_MS);
  afterAll(async () => {
    await lab.close();
    await door.close();
  });

  const bots = (): Member => {
    const found = lab.members().find(({ role }) => role === 'bots');
    if (found === undefined) throw new Error('There are no bots.');
    return found;
  };

  test('costs nobody an answer, and gives nobody two', { timeout: 3_600_000 }, async () => {
    const crashes = await crashesOf();
    const wrong: string[] = [];
    for (const crash of isWide ? crashes : everyOther(crashes)) {
      const fault = await dieAt(crash);
      if (fault !== undefined) wrong.push(`${crash.when} the ${crash.nth}th ${crash.name}: ${fault}`);
      process.stdout.write(
        `${fault === undefined ? 'survived' : 'NOT survived'}  ${crash.when} ${crash.name}, ${crash.nth}\n`,
      );
    }
    expect(wrong).toEqual([]);
    expect(crashes.length).toBeGreaterThan(4);
    expect(lab.cloud.ledger.duplicates()).toEqual([]);
  });

  /** Every request to the platform that a spinup makes, seen once. */
  async function crashesOf(): Promise<PlatformCrash[]> {
    const asker = door.asker(people++ * 2);
    bots().order({ do: 'watch' });
    await asker.asks(lab);
    await answered(asker);
    const met = [...(await bots().met())].filter(([name]) => name.startsWith(`${platform} `));
    return met.flatMap(([name, times]) =>
      Array.from({ length: Math.min(times, MOST_OF_A_KIND) }, (_, index) => index + 1).flatMap((nth) =>
        (['before', 'after'] as const).map((when) => ({ name, when, nth })),
      ),
    );
  }

  /** What went wrong, in words. People whose platform promised nothing ask again. */
  async function dieAt(crash: PlatformCrash): Promise<string | undefined> {
    const asker = door.asker(people++ * 2);
    const victim = bots();
    victim.order({ do: 'die', ...crash });
    const over = new AbortController();
    const replaced = victim.gone.then(async () => void (over.signal.aborted || (await lab.launch('bots'))));
    replaced.catch(() => {}); // it may end with the laboratory, when something else failed
    for (let times = 1; !(await asker.asks(lab)); times++) {
      expect(times).toBeLessThan(MOST_TIMES_ASKED);
      if (victim.isGone()) await replaced;
      await door.attended(lab);
    }
    await answered(asker);
    if (victim.isGone()) await replaced;
    else over.abort();
    victim.order({ do: 'live' });
    await door.attended(lab);
    await answered(asker);
    const said = ['mybox is ready', '✓ box started', '● running'].map(asker.count);
    return said.every((count) => count === 1) ? undefined : `final, progress, light: ${said.join(', ')}`;
  }

  async function answered(asker: Asker): Promise<void> {
    await eventually('the final', () => asker.count('mybox is ready') > 0, SETTLE_MS);
    await eventually('the light', () => asker.count('● running') > 0, SETTLE_MS);
    const isSent = async () => (await lab.sql(`SELECT 1 FROM messages WHERE state = 'pending'`)).length === 0;
    await eventually('nothing on its way', isSent, SETTLE_MS);
  }
});

/** Each request on one side, which the seed chooses. */
function everyOther(crashes: readonly PlatformCrash[]): PlatformCrash[] {
  const random = mulberry32(SEED);
  const pairs = Map.groupBy(crashes, ({ name, nth }) => `${name} ${nth}`);
  return [...pairs.values()].flatMap((pair) => pair[Math.floor(random() * pair.length)] ?? []);
}
