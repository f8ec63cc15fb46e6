// spinup: makes a box.
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { suggestName } from '../boxes/names.ts';
import { priceText } from '../boxes/prices.ts';
import { resourcesOf, SIZE_NAMES, type Size } from '../boxes/sizes.ts';
import { boxLine } from '../boxes/text.ts';
import { jobOf } from '../queue/queues.ts';
import { accessKeysOf, lockAccount } from '../store/accounts.ts';
import { audit } from '../store/audit.ts';
import { type Box, insertBox, liveBoxes } from '../store/boxes.ts';
import { takePort } from '../store/capacity.ts';
import { newId } from '../store/ids.ts';
import { insertJob } from '../store/jobs.ts';
import { keptBoxes } from '../store/kept.ts';
import { makeHome } from '../store/threads.ts';
import { type Block, command, fail, type Reply, text } from '../threads/reply.ts';
import { pickIdle, pickProvider, pickSize, withSnapshot } from './box-choice.ts';
import { hold } from './box-jobs.ts';
import { refuseWhileBusy } from './busy.ts';
import { type CommandResult, defineCommand } from './command.ts';
import type { CommandContext, ProviderTraits } from './context.ts';
import { refuseWhileDraining } from './draining.ts';
import { HOW_TO_ADD_KEYS } from './key-hints.ts';
import { snapshotByName } from './own-snapshots.ts';
import { refuseInQuarantine } from './quarantined.ts';
import { refuseOverKept, refuseOverQuota } from './quota.ts';
import { ReadAgain, Refusal } from './refusal.ts';
import { renderCommand } from './render.ts';
import { type Place, pickPlace } from './spinup-place.ts';
import { askPrice, costs, priceHere } from './spinup-price.ts';
import { refuseOverMost, takeRoom } from './spinup-room.ts';

export const spinup = defineCommand({
  name: 'spinup',
  aliases: ['create', 'provision'],
  summary: 'make a box',
  details:
    'Without a name a free one is chosen; without a size, the largest of your tier. Only the home is promised to survive stop and start.',
  examples: [
    'spinup mybox',
    'spinup mybox --size medium',
    'spinup mybox --from before-upgrade',
    'provision mybox 2cpu 4gb 20gb',
  ],
  params: {
    name: { kind: 'newName', about: 'what to call it: 3–32 of a–z, 0–9 and -' },
    size: { kind: 'choice', flag: true, choices: SIZE_NAMES, about: 'vCPU, memory and home as in `sizes`' },
    cpu: { kind: 'count', flag: true, minimum: 1, maximum: 64, about: 'vCPUs' },
    memory: { kind: 'memory', flag: true, minimumMiB: 256, maximumMiB: 1_048_576, about: 'memory, such as 4g' },
    disk: { kind: 'disk', flag: true, minimumGiB: 1, maximumGiB: 4096, about: 'home, such as 10g' },
    from: { kind: 'newName', flag: true, about: 'the snapshot that its home is made of, as in `snapshot list`' },
    provider: { kind: 'word', flag: true, about: 'where it runs' },
    region: { kind: 'word', flag: true, about: 'the region, where there are some to choose from: see `sizes`' },
    image: { kind: 'word', flag: true, about: 'what it is made of, where there is a choice: see `sizes`' },
    idle: { kind: 'word', flag: true, about: 'stops when unused for so long: 4h, 90m, never, default' },
    yes: { kind: 'switch', about: 'do not ask about what it costs' },
  },
  dialog: { title: 'A new box', asks: ['name', 'size'] },
  visibility: 'thread',
  audience: 'account',
  readOnly: false,
  run: (context, { yes, ...wishes }) => wish(context, wishes, yes && context.door.yesConfirms ? 'unseen' : undefined),
});

const wishesSchema = z.object({
  name: z.string().optional(),
  size: z.enum(SIZE_NAMES).optional(),
  cpu: z.number().optional(),
  memory: z.number().optional(),
  disk: z.number().optional(),
  from: z.string().optional(),
  provider: z.string().optional(),
  region: z.string().optional(),
  image: z.string().optional(),
  idle: z.string().optional(),
});
type Wishes = z.infer<typeof wishesSchema>;

/** What was priced: what is made has to be the same, whatever the wishes come to by then. */
const pricedSchema = z.object({
  provider: z.string(),
  cpus: z.number(),
  memoryMiB: z.number(),
  homeGiB: z.number(),
  snapshot: z.string().nullable(),
  region: z.string().nullable().default(null),
  image: z.string().nullable().default(null),
  /** As it was told. */
  price: z.string().nullable(),
});
type Priced = z.infer<typeof pricedSchema>;
const targetSchema = z.object({ wishes: wishesSchema, priced: pricedSchema });

/** What `confirm` does with a code that was given out with a price. */
export function spinupConfirmed(context: CommandContext, target: unknown): Promise<CommandResult> {
  const { wishes, priced } = targetSchema.parse(target);
  return wish(context, wishes, priced);
}

/** `confirmed`: what somebody said yes to, or that they want no question. */
async function wish(
  context: CommandContext,
  args: Wishes,
  confirmed: Priced | 'unseen' | undefined,
): Promise<CommandResult> {
  const account = context.account as Account;
  await lockAccount(context.tx, account.id);
  const snapshot = args.from === undefined ? undefined : await snapshotByName(context, account, args.from);
  const wishes = snapshot === undefined ? args : withSnapshot(context, account, args, snapshot);
  const instead = (options: object) => renderCommand(spinup, { ...args, ...options });
  const elsewhere = (one: string) => (snapshot === undefined ? instead({ provider: one }) : 'snapshot list');
  const provider = pickProvider(context, wishes.provider, elsewhere);
  const place = pickPlace(context.house, { provider, names: args, snapshot, instead });
  const size = pickSize(context, account, wishes);
  const idleMinutes = pickIdle(context, account, args.idle ?? 'default');
  const boxes = await liveBoxes(context.tx, account.id);
  const twin = boxes.find((box) => box.name === args.name);
  if (twin !== undefined) return joinOrRefuse(context, twin);
  await refuseInQuarantine(context.tx, `${args.name ?? 'A box'} was not made`);
  await refuseWhileDraining(context.tx, `${args.name ?? 'A box'} was not made`);
  refuseOverQuota(context, account, boxes, `${args.name ?? 'Another box'} was not started`);
  const kept = await keptBoxes(context.tx, account.id, context.now);
  refuseOverKept(context, account, kept, `${args.name ?? 'Another box'} was not started`);
  const name = args.name ?? freeName(boxes, context.random);
  const wanted = { kind: 'spinup', accountId: account.id, provider: provider.name } as const;
  const { name: _, ...others } = args;
  const isPlain = Object.values(others).every((wish) => wish === undefined);
  const again = isPlain ? `spinup ${name}` : undefined;
  await refuseWhileBusy(context.tx, wanted, { what: `${name} was not made`, again });
  await refuseOverMost(context, provider, name);
  const where = { provider, ...place };
  const isPriced = costs(context, provider);
  const price = isPriced ? await priceHere(context, where, size.size) : undefined;
  const told = price === undefined ? null : priceText(price);
  const priced: Priced = {
    provider: provider.name,
    ...size.size,
    snapshot: snapshot?.id ?? null,
    ...place,
    price: told,
  };
  const isAgreed = confirmed === 'unseen' || isDeepStrictEqual(confirmed, priced);
  if (isPriced && !isAgreed)
    return askPrice(context, account, {
      name,
      size: size.size,
      where,
      price,
      unasked: instead({ name, yes: true }),
      target: { wishes: { ...args, name }, priced },
    });
  // Whoever wants no question was told no price, and has no limit.
  const mostHourly = typeof confirmed === 'object' ? (price?.machineHourly ?? null) : null;
  const homeFrom = snapshot?.id ?? null;
  return make(context, account, provider, { name, ...size, ...place, idleMinutes, homeFrom, mostHourly });
}

function freeName(boxes: readonly Box[], random: () => number): string {
  for (;;) {
    const name = suggestName(random);
    if (!boxes.some((box) => box.name === name)) return name;
  }
}

async function joinOrRefuse(
  context: CommandContext,
  twin: Box,
): Promise<{ kind: 'job'; jobId: string; boxId: string } | { kind: 'reply'; reply: Reply }> {
  const held = await hold(context.tx, twin.id, context.wake);
  if (held === undefined) throw new ReadAgain();
  if (held.job?.kind === 'spinup') return { kind: 'job', jobId: held.job.id, boxId: twin.id };
  const next = held.box.state === 'stopped' || held.box.state === 'error' ? `start ${twin.name}` : `info ${twin.name}`;
  throw new Refusal(fail(`${boxLine(held.box)}: you have it already.`, command(next)));
}

async function make(
  context: CommandContext,
  account: Account,
  provider: ProviderTraits,
  wanted: Place & Pick<Box, 'name' | 'idleMinutes' | 'homeFrom' | 'mostHourly'> & { size: Size; sizeName: Box['size'] },
): Promise<{ kind: 'job'; jobId: string; boxId: string; notes: Block[] }> {
  const { tx, now } = context;
  const id = newId();
  const cpus = Math.min(wanted.size.cpus, provider.maximumCpus ?? wanted.size.cpus);
  const key = context.newHostKey();
  const resources = resourcesOf({ ...wanted.size, cpus });
  await takeRoom(context, provider, wanted);
  const sshPort = provider.ports === undefined ? undefined : await takePort(tx, id, provider.name, provider.ports);
  if (provider.ports !== undefined && sshPort === undefined) {
    throw new Refusal(fail('No SSH port is free for another box. Ask an operator for more of them.'));
  }
  await insertBox(tx, {
    id,
    accountId: account.id,
    name: wanted.name,
    provider: provider.name,
    size: wanted.sizeName,
    ...resources,
    hostPublicKey: key.publicKey,
    hostPrivateKey: context.secrets.seal(key.privateKey, `boxes:${id}`),
    sshPort: sshPort ?? null,
    idleMinutes: wanted.idleMinutes,
    homeFrom: wanted.homeFrom,
    region: wanted.region,
    image: wanted.image,
    mostHourly: wanted.mostHourly,
    homeThreadId: context.thread.id,
    now,
  });
  await makeHome(tx, context.thread.id, id);
  const job = jobOf('spinup', 'command');
  const jobId = await insertJob(tx, { ...job, boxId: id, accountId: account.id });
  if (jobId === undefined) throw new ReadAgain();
  context.wake({ id: jobId, queue: job.queue });
  await audit(tx, { actor: account.id, action: 'box.requested', target: { box: id, command: context.commandId } });
  return { kind: 'job', jobId, boxId: id, notes: await notes(context, account, wanted, cpus, provider) };
}

async function notes(
  context: CommandContext,
  account: Account,
  wanted: { name: string; size: Size },
  cpus: number,
  provider: ProviderTraits,
): Promise<Block[]> {
  const blocks: Block[] = [];
  if (cpus < wanted.size.cpus)
    blocks.push(
      text(`${provider.title} has ${cpus} vCPU here, so ${wanted.name} gets ${cpus} instead of ${wanted.size.cpus}.`),
    );
  if ((await accessKeysOf(context.tx, account.id)).length === 0) {
    blocks.push(
      text('I have no SSH key of yours yet. The box is made all the same; add one with:'),
      ...HOW_TO_ADD_KEYS,
    );
  }
  return blocks;
}
