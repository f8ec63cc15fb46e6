// Work that another process began, at a cloud where names may repeat and lists do not show yet what that process made.

import { v7 as uuidv7 } from 'uuid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallContext, Provider } from '../../../../src/providers/provider.ts';
import { cloudProviderFor } from '../../../contracts/cloud-subject.ts';
import { makeBoxSpec, makeHostKey } from '../../../contracts/provider-spec.ts';
import { ovhUnderTest } from '../../ovh/under-test.ts';

const LAG_MS = 600;
const key = makeHostKey();
let under: Awaited<ReturnType<typeof ovhUnderTest>>;
let opened: { shells: { close(): void } }[];

/** As every process has one. */
function driver(): Provider {
  const cloud = { ...under.open(key.publicKey), listLagMs: 2 * LAG_MS };
  const made = cloudProviderFor(under, key, { cloud });
  opened.push(made);
  return made.provider;
}
const context = (): CallContext => ({ signal: AbortSignal.timeout(30_000) });
const takingOver = (): CallContext => ({ ...context(), takenOver: new Date() });

beforeEach(async () => {
  under = await ovhUnderTest('keep');
  under.fake.world.lag.set(LAG_MS);
  opened = [];
});
afterEach(async () => {
  for (const { shells } of opened) shells.close();
  under.assertClean();
  await under.close();
});

test('a home and a machine are made once', async () => {
  const box = makeBoxSpec({ installId: under.installId });
  await driver().ensureHome(box, context());
  await driver().ensureHome(box, takingOver());
  await driver().create(box, takingOver());
  await driver().create(box, takingOver());
  expect(under.homes(under.installId)).toEqual([box.boxId]);
  expect(under.machines(under.installId)).toEqual([box.instanceName]);
});

test('a snapshot is taken once', async () => {
  const box = makeBoxSpec({ installId: under.installId });
  const snapshotId = uuidv7();
  await driver().ensureHome(box, context());
  await driver().ensureHome(box, takingOver());
  under.server.faults.next('POST /cloud/project/{serviceName}/volume/{volumeId}/snapshot', {
    kind: 'cut',
    when: 'after',
  });
  await expect(driver().snapshotHome(box, snapshotId, context())).rejects.toMatchObject({ code: 'timeout' });
  await driver().snapshotHome(box, snapshotId, takingOver());
  expect(under.snapshots(under.installId)).toEqual([snapshotId]);
});
