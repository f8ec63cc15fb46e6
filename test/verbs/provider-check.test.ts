// What readiness asks of a provider: whether it answers us, not whether it has room.
import { expect, test } from 'vitest';
import { ProviderError, type ProviderHealth } from '../../src/providers/provider.ts';
import { providerCheck } from '../../src/verbs/provider-check.ts';
import { openSetting } from '../providers/digitalocean/setting.ts';
import { openProject } from '../providers/ovh/project.ts';

const { signal } = new AbortController();
const full = async (): Promise<ProviderHealth> => ({ ok: false, findings: [{ ok: false, what: 'It is full.' }] });

test('a provider that answers is ready, though no box can be made there now', async () => {
  await providerCheck({ name: 'cloud', answers: async () => undefined, check: full }).run(signal);
  await expect(providerCheck({ name: 'engine', check: full }).run(signal)).rejects.toMatchObject({
    message: 'It is full.',
  });
  const answers = () => Promise.reject(new ProviderError('credentials', 'Not you.'));
  await expect(providerCheck({ name: 'cloud', answers, check: full }).run(signal)).rejects.toThrow('Not you.');
});

test('the clouds answer with one request, also where the limit is reached', async () => {
  const on = await openSetting({ dropletLimit: 0 });
  expect((await on.cloud.check({ signal })).ok).toBe(false);
  const before = on.vendor.requests.length;
  await on.cloud.answers({ signal });
  expect(on.vendor.requests.length - before).toBe(1);
  on.vendor.faults.next('GET /v2/account', {
    kind: 'answer',
    status: 401,
    body: { id: 'unauthorized', message: 'no' },
  });
  await expect(on.cloud.answers({ signal })).rejects.toMatchObject({ code: 'credentials' });
  await on.vendor.close();
  await using project = await openProject();
  for (const flavor of project.fake.goods.flavors) flavor.available = false;
  expect((await project.cloud.check({ signal })).ok).toBe(false);
  await project.cloud.answers({ signal });
});
