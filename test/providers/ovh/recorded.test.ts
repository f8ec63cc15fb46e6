// Answers that were recorded at OVH, years ago: each is read as it is.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { canBeHad, fits } from '../../../src/providers/ovh/flavors.ts';
import {
  flavorSchema,
  imageSchema,
  instanceSchema,
  volumeSchema,
  volumeSnapshotSchema,
} from '../../../src/providers/ovh/replies.ts';
import { recordedReplies } from '../../fakes/cloud/contract-data.ts';
import { openProject } from './project.ts';

const recorded = recordedReplies('ovh');
const PROJECT = 'GET /cloud/project/{serviceName}';

describe.skipIf(recorded.size === 0)('a recorded answer of OVH', () => {
  test('with instances is read', () => {
    const [first] = z.array(instanceSchema).parse(recorded.get('instance_get'));
    expect(first).toMatchObject({ id: 'foo', status: 'ACTIVE', created: new Date('2015-05-29T11:20:48Z') });
    expect(first?.ipAddresses?.[0]).toMatchObject({ ip: '92.0.0.1', type: 'public', version: 4 });
  });

  test('with volumes and a snapshot of one is read', () => {
    const [volume] = z.array(volumeSchema).parse(recorded.get('volume_get'));
    expect(volume).toMatchObject({ id: 'foo', size: 10, created: new Date('2015-08-09T15:13:59.459Z') });
    expect(volumeSchema.parse(recorded.get('volume_get_detail'))).toEqual(volume);
    const snapshot = volumeSnapshotSchema.parse(recorded.get('volume_snapshot_get_details'));
    expect(snapshot).toMatchObject({ id: 'foo-snap', volumeId: 'foo', creationDate: new Date('2016-10-10T17:33:02Z') });
  });

  test('with flavors is read, and what it does not say of stock and quota is no hindrance', () => {
    const [flavor] = z.array(flavorSchema).parse(recorded.get('flavor_get'));
    expect(flavor).toMatchObject({ id: 'foo-id', vcpus: 2, ram: 8192 });
    expect(flavorSchema.parse(recorded.get('flavor_get_detail')).id).toBe('foo-id');
    if (flavor === undefined) return;
    expect(canBeHad(flavor)).toBe(true);
    expect(fits(flavor, { cpus: 2, memoryMiB: 8192 })).toBe(true);
    expect(fits(flavor, { cpus: 2, memoryMiB: 8600 })).toBe(false);
  });

  test('with images is read', () => {
    const images = z.array(imageSchema).parse(recorded.get('image_get'));
    expect(images.map(({ name }) => name)).toEqual(['Debian 8', 'CentOs']);
    expect(imageSchema.parse(recorded.get('image_get_detail')).id).toBe('foo-id');
  });

  test('with the time and the regions is what requests and doctor go by', async () => {
    await using project = await openProject({ regions: ['SBG1'] });
    const { cloud, context, fake, clock } = project;
    const time = z.number().parse(recorded.get('auth_time_get'));
    fake.time.aheadMs = time * 1000 - clock.nowMs();
    const answer = (body: unknown) => ({ kind: 'answer', status: 200, body }) as const;
    fake.server.faults.next('GET /auth/time', answer(time));
    fake.server.faults.next(`${PROJECT}/region`, answer(recorded.get('region_get')));
    const { findings } = await cloud.check(context);
    expect(findings[0]?.ok).toBe(true);
    expect(fake.server.requests.at(-1)?.headers['x-ovh-timestamp']).toBe(String(time));
    expect(findings.map(({ what }) => what)).not.toContain('SBG1: not activated in the project');
  });
});
