// Each classic failure of DigitalOcean by its code and its sentence.
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/providers/provider.ts';
import type { Fault } from '../../fakes/cloud/cloud-faults.ts';
import { FAKE_TOKEN } from '../../fakes/cloud/digitalocean.ts';
import { BOX, closeSetting, context, INSTALL, OTHER_BOX, openSetting, type Setting } from './setting.ts';

/** The vendor's words, as they were seen in public reports or stand in its document. */
const ANSWERS = [
  [401, 'unauthorized', 'Unable to authenticate you', 'credentials', 'DigitalOcean does not accept the token.'],
  [403, 'forbidden', 'You are not authorized to perform this operation', 'credentials', 'does not let this token'],
  [422, 'unprocessable_entity', 'creating this/these droplet(s) will exceed your droplet limit', 'quota', 'droplets'],
  [403, 'forbidden', 'volume limit (7) has been reached. Please contact support.', 'quota', 'limit of volumes'],
  [403, 'forbidden', 'failed to create volume: volume/snapshot capacity limit exceeded', 'quota', 'limit of volumes'],
  [422, 'unprocessable_entity', 'Size is not available in this region.', 'sold_out', 'no machine of this size'],
  [422, 'unprocessable_entity', 'size is unavailable', 'sold_out', 'no machine of this size'],
  [422, 'unprocessable_entity', 'Region is not available', 'sold_out', 'no machine of this size'],
  [422, 'unprocessable_entity', 'Droplet already has a pending event.', 'busy', 'still busy'],
  [422, 'unprocessable_entity', 'You specified an invalid image for Droplet creation.', 'image_missing', 'the image'],
  [422, 'unprocessable_entity', 'Name Only valid hostname characters are allowed.', 'invalid', 'refused that (422)'],
  [400, 'bad_request', 'nobody has seen this text', 'invalid', 'refused that (400)'],
  [404, 'not_found', 'The resource you requested could not be found.', 'vanished', 'any more'],
  [409, 'conflict', 'failed to create droplet', 'busy', 'stands in the way'],
  [500, 'server_error', 'Unexpected server-side error', 'timeout', '(500); whether it did'],
] as const;

describe('a failure of DigitalOcean', () => {
  let on: Setting;
  beforeEach(async () => {
    on = await openSetting({ dropletLimit: 1, volumeLimit: 2 });
  });
  afterEach(() => closeSetting(on));

  it.each(ANSWERS)('%i “%s: %s” is “%s”', async (status, id, message, code, sentence) => {
    const plan = on.planFor(await on.makeHome());
    on.vendor.faults.next('POST /v2/droplets', { kind: 'answer', status, body: { id, message } });
    const error = await on.cloud.createMachine(plan, context).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(sentence) });
    const { message: told, remedy = '', cause } = error as ProviderError;
    expect(told + remedy).not.toContain(message);
    expect(inspect(cause)).toContain(message);
  });

  it('buys nothing dearer than was agreed, neither at first nor when a machine comes back', async () => {
    const { machine, volume } = await on.stopBox();
    await on.release(machine);
    const [released] = await on.cloud.machines(INSTALL, context);
    if (released === undefined) throw new Error('It was not released.');
    const plan = on.planFor(volume, { mostHourly: 0.03571 });
    on.world.soldOut.add('s-2vcpu-4gb fra1');
    on.clock.advance(10 * 60_000);
    const tooDear = { code: 'sold_out', message: expect.stringContaining('costs more than was agreed for mybox') };
    await expect(on.cloud.startMachine(released, plan, context)).rejects.toMatchObject(tooDear);
    await expect(on.cloud.createMachine(plan, context)).rejects.toMatchObject(tooDear);
    expect(on.world.droplets.size).toBe(0);
    await on.cloud.startMachine(released, { ...plan, mostHourly: undefined }, context);
    expect(on.world.droplets.size).toBe(1);
  });

  it('names the scopes that a token needs', async () => {
    on.vendor.faults.next('GET /v2/volumes', { kind: 'answer', status: 403, body: { id: 'forbidden', message: 'no' } });
    await expect(on.cloud.volumes(INSTALL, context)).rejects.toMatchObject({
      remedy: expect.stringMatching(/scopes: account.*droplet.*block_storage/),
    });
  });

  it('is “quota” when the limits are reached, of droplets and of volumes', async () => {
    await on.runBox();
    const plan = on.planFor(await on.makeHome(OTHER_BOX));
    await expect(on.cloud.createMachine(plan, context)).rejects.toMatchObject({ code: 'quota' });
    await expect(on.makeHome('01890a5d-ac96-774b-bcce-b302099a8059')).rejects.toMatchObject({ code: 'quota' });
  });

  it('is “sold_out” where the size is gone since it was looked at, and seen at the next look', async () => {
    const plan = on.planFor(await on.makeHome());
    await on.cloud.sizes(context);
    on.world.soldOut.add('s-2vcpu-4gb fra1');
    await expect(on.cloud.createMachine(plan, context)).rejects.toMatchObject({ code: 'sold_out' });
    const size = (await on.cloud.sizes(context)).find(({ name }) => name === 's-2vcpu-4gb');
    expect(size?.regions).toEqual(['ams3', 'nyc3']);
  });

  it('leaves a machine to be found when nobody heard that it was made', async () => {
    const plan = on.planFor(await on.makeHome());
    on.vendor.faults.next('POST /v2/droplets', { kind: 'cut', when: 'after' });
    await expect(on.cloud.createMachine(plan, context)).rejects.toMatchObject({ code: 'timeout' });
    expect(await on.cloud.machines(INSTALL, context)).toMatchObject([{ boxId: BOX, instanceName: plan.instanceName }]);
  });

  it('in one page of a list is a failure of the list', async () => {
    const paged = await openSetting({ mostPerPage: 1 });
    for (const boxId of [BOX, OTHER_BOX]) await paged.makeHome(boxId);
    const route = 'GET /v2/volumes';
    const pass = () => undefined;
    paged.vendor.faults.next(route, { kind: 'slow', until: pass, when: 'before' });
    paged.vendor.faults.next(route, { kind: 'answer', status: 502 });
    await expect(paged.cloud.volumes(INSTALL, context)).rejects.toMatchObject({ code: 'unavailable' });
    await closeSetting(paged);
  });

  it('is an empty list that says it has forty items, and so is not believed, also on its one page', async () => {
    await on.makeHome();
    const lagging = { kind: 'answer', status: 200, body: { volumes: [], meta: { total: 40 } } } as const;
    on.vendor.faults.next('GET /v2/volumes', lagging);
    expect(await on.cloud.volumes(INSTALL, context)).toHaveLength(1);
    for (let tried = 0; tried < 3; tried++) on.vendor.faults.next('GET /v2/volumes', lagging);
    await expect(on.cloud.volumes(INSTALL, context)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is waited out where there were too many requests for a moment', async () => {
    const body = { id: 'too_many_requests', message: 'API Rate limit exceeded.' };
    on.vendor.faults.next('GET /v2/volumes', { kind: 'answer', status: 429, headers: { 'retry-after': '3' }, body });
    expect(await on.cloud.volumes(INSTALL, context)).toEqual([]);
    expect(on.clock.waited[0]).toBeGreaterThanOrEqual(3000);
  });

  it('says how long, where there were too many for longer', async () => {
    const at = String(Math.floor(on.clock.nowMs() / 1000) + 120);
    const headers = { 'ratelimit-limit': '5000', 'ratelimit-remaining': '0', 'ratelimit-reset': at };
    on.vendor.faults.next('GET /v2/volumes', { kind: 'answer', status: 429, headers, body: { id: 'x', message: 'y' } });
    const error = await on.cloud.volumes(INSTALL, context).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'rate_limited' });
    expect(error instanceof ProviderError && error.retryAfterMs).toBeGreaterThanOrEqual(120_000);
  });

  it('of an action that came to nothing has its own sentence', async () => {
    const { machine } = await on.runBox();
    const action = { id: 7, status: 'errored', type: 'shutdown', started_at: '2026-01-01T00:00:00Z' };
    const fault = { kind: 'answer', status: 201, body: { action } } as const;
    on.vendor.faults.next('POST /v2/droplets/{droplet_id}/actions', fault);
    await expect(on.cloud.shutDownMachine(machine, context)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'DigitalOcean tried to shut this machine down and failed; it does not say why.',
    });
  });

  it('shows the token nowhere', async () => {
    const route = 'GET /v2/volumes';
    const faults: readonly Fault[] = [
      { kind: 'cut', when: 'before' },
      { kind: 'answer', status: 403, body: { id: 'forbidden', message: 'no' } },
      { kind: 'answer', status: 200, body: {} },
    ];
    const errors: unknown[] = [];
    for (const fault of faults) {
      on.vendor.faults.next(route, fault);
      errors.push(await on.cloud.volumes(INSTALL, context).catch((reason: unknown) => reason));
    }
    expect(errors.every((error) => error instanceof ProviderError)).toBe(true);
    expect(inspect([errors, on.cloud, on.options], { depth: 20, showHidden: true })).not.toContain(FAKE_TOKEN);
  });
});
