// What DigitalOcean answered years ago, as it was recorded: fields were added since, and none of those may be needed.
import { describe, expect, it } from 'vitest';
import { createDigitalOcean } from '../../../src/providers/digitalocean/digitalocean.ts';
import type { Machine } from '../../../src/providers/shared/cloud/cloud.ts';
import { secret } from '../../../src/secret.ts';
import { recordedReplies } from '../../fakes/cloud/contract-data.ts';
import { createHastyClock } from '../../fakes/cloud/test-clock.ts';
import { BOX, CONTROL_KEY, context, INSTALL, SNAPSHOT } from './setting.ts';

const replies = recordedReplies('digitalocean');

/** A cloud that answers each path with a recorded reply. */
function cloudOf(byPath: Readonly<Record<string, string>>, status = 200) {
  const answer: typeof fetch = async (asked) => {
    const { pathname } = new URL(String(asked));
    return new Response(JSON.stringify(replies.get(byPath[pathname] ?? '')), { status });
  };
  return createDigitalOcean({
    installId: INSTALL,
    token: secret('any'),
    controlKey: CONTROL_KEY,
    whenStopped: 'release',
    regions: ['nyc1'],
    families: ['512mb', '1gb'],
    clock: createHastyClock(),
    fetch: answer,
  });
}

const machine: Machine = {
  boxId: BOX,
  incarnation: 1,
  instanceName: 'any',
  ref: '1',
  state: 'running',
  region: 'nyc2',
  createdAt: new Date(0),
  address: undefined,
  volumes: [],
};

describe.skipIf(replies.size === 0)('an older server of DigitalOcean', () => {
  it.each(['list_nodes', 'list_nodes_empty'])('%s: has droplets, none of them ours', async (name) => {
    const cloud = cloudOf({ '/v2/droplets': name, '/v2/images': 'list_images' });
    expect(await cloud.machines(INSTALL, context)).toEqual([]);
  });

  it('list_node: has a droplet that is not ours', async () => {
    expect(await cloudOf({ '/v2/droplets/1': 'list_node' }).machine('1', context)).toBeUndefined();
  });

  it.each(['list_volumes', 'list_volumes_empty'])('%s: has volumes, none of them ours', async (name) => {
    expect(await cloudOf({ '/v2/volumes': name }).volumes(INSTALL, context)).toEqual([]);
  });

  it('list_sizes: does not say which sizes are sold', async () => {
    const sizes = await cloudOf({ '/v2/sizes': 'list_sizes' }).sizes(context);
    expect(sizes.map(({ name, regions }) => [name, regions])).toEqual([
      ['512mb', ['nyc1']],
      ['1gb', ['nyc1']],
    ]);
  });

  it('create_volume: makes a volume and shows no tags', async () => {
    const plan = { installId: INSTALL, boxId: BOX, region: 'nyc1', sizeGiB: 4, from: undefined };
    const made = await cloudOf({ '/v2/volumes': 'create_volume' }, 201).createVolume(plan, context);
    expect(made).toMatchObject({ boxId: BOX, sizeGiB: 4, region: 'nyc1', attachedTo: [] });
  });

  it('create_volume_snapshot: makes a snapshot and shows no tags', async () => {
    const cloud = cloudOf({ '/v2/volumes/v/snapshots': 'create_volume_snapshot' }, 201);
    const volume = { ref: 'v', boxId: BOX, region: 'nyc1', sizeGiB: 1, ready: true, attachedTo: [] };
    const taken = await cloud.createSnapshot({ installId: INSTALL, snapshotId: SNAPSHOT, volume }, context);
    expect(taken).toMatchObject({ snapshotId: SNAPSHOT, volumeGiB: 1, bytes: 1, ready: true });
  });

  it.each(['ex_shutdown_node', 'ex_power_on_node', 'reboot_node'])('%s: begins an action', async (name) => {
    await cloudOf({ '/v2/droplets/1/actions': name }, 201).shutDownMachine(machine, context);
  });

  it('error: refuses without an id', async () => {
    const cloud = cloudOf({ '/v2/volumes': 'error' }, 401);
    await expect(cloud.volumes(INSTALL, context)).rejects.toMatchObject({ code: 'credentials' });
  });
});
