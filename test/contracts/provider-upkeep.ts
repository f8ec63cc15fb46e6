// The provider contract: getting ready, saying how it is, keys and figures of existing boxes, errors.
import { expect, test } from 'vitest';
import { figuresSchema } from '../../src/boxes/figures.ts';
import { makeHostKey } from './provider-spec.ts';
import { type Boxes, expectNoSecret, failure, failureCode } from './provider-subject.ts';

export function provesUpkeep(boxes: () => Boxes): void {
  test('prepare may be called again, by another process too', async () => {
    const { provider, second, context } = boxes();
    await provider.prepare(context());
    await Promise.all([provider.prepare(context()), second.prepare(context())]);
  });

  test('check reports findings, and a healthy provider admits boxes and protects them', async () => {
    const { provider, context } = boxes();
    const health = await provider.check(context());
    expect(health.findings.filter((finding) => !finding.ok)).toEqual([]);
    expect(health.ok).toBe(true);
    expect(health.findings.length).toBeGreaterThan(0);
    for (const finding of health.findings) expect(finding.what).not.toBe('');
    await provider.admit(context());
    await provider.protect(context());
    await provider.protect(context());
  });

  test('describes itself with units that make sense', () => {
    const { provider } = boxes();
    expect(provider.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(provider.title).not.toBe('');
    expect(provider.longestCreateMs).toBeGreaterThan(0);
    if (provider.ports !== undefined) expect(provider.ports.first).toBeLessThan(provider.ports.last);
  });

  test('configure works on a running and on a stopped box and does not restart it', async () => {
    const { provider, running, sameAs, context } = boxes();
    const { box, view } = await running();
    const changed = {
      ...box,
      authorizedKeys: [...box.authorizedKeys, makeHostKey().publicKey],
      stopNote: 'never stops',
    };
    await provider.configure(changed, context());
    expect(await provider.inspect(box, context())).toMatchObject({ ref: view.ref, running: true });
    await provider.stop(box, context());
    await provider.configure(box, context());
    expect(await provider.inspect(box, context())).toMatchObject({ ...sameAs(view), running: false });
    expect(await provider.start(box, context())).toMatchObject({ ...sameAs(view), running: true });
  });

  test('keys are those of the last create or configure, also of a configure while the box was stopped', async (run) => {
    const { subject, provider, running, context } = boxes();
    if (subject.readKeys === undefined) return run.skip('nothing here can read the keys in a box');
    const { box } = await running();
    expect(await subject.readKeys(box)).toEqual(box.authorizedKeys);
    const added = { ...box, authorizedKeys: [...box.authorizedKeys, makeHostKey().publicKey] };
    await provider.configure(added, context());
    expect(await subject.readKeys(added)).toEqual(added.authorizedKeys);
    await provider.configure({ ...box, authorizedKeys: [] }, context());
    expect(await subject.readKeys(box)).toEqual([]);
    await provider.stop(box, context());
    await provider.configure(added, context());
    // As every start of the house does.
    await provider.reach(added, await provider.start(added, context()), context());
    expect(await subject.readKeys(added)).toEqual(added.authorizedKeys);
  });

  test('configure of a missing box says that it vanished', async () => {
    const { provider, spec, context } = boxes();
    const box = spec();
    expect(await failureCode(provider.configure(box, context()), box)).toBe('vanished');
  });

  test('measure gives figures of a running and of a stopped box', async () => {
    const { provider, running, context } = boxes();
    const { box } = await running();
    const whileRunning = await provider.measure(box, context());
    await provider.stop(box, context());
    for (const { figures, ...bytes } of [whileRunning, await provider.measure(box, context())]) {
      expect(Object.keys(bytes).sort()).toEqual(['homeUsedBytes', 'rootUsedBytes']);
      for (const taken of Object.values(bytes)) expect(taken ?? 0).toSatisfy(isCount);
      if (figures !== undefined) expect(figuresSchema.safeParse(figures).error).toBeUndefined();
    }
  });

  test('measure of a missing box says that it vanished', async () => {
    const { provider, spec, context } = boxes();
    expect(await failureCode(provider.measure(spec(), context()))).toBe('vanished');
  });

  test('reach ends where SSH answers, and inspect names the same endpoint', async () => {
    const { provider, running, context } = boxes();
    const { box, view } = await running();
    const endpoint = await provider.reach(box, view, context());
    expect(endpoint.host).not.toBe('');
    expect(endpoint.port).toBe(box.sshPort ?? endpoint.port);
    expect((await provider.inspect(box, context()))?.endpoint).toEqual(endpoint);
  });

  test('reach refuses a box that answers with another host key than the pinned one', async () => {
    const { provider, running, context } = boxes();
    const { box, view } = await running();
    const impostor = { ...box, hostKey: makeHostKey() };
    const error = await failure(provider.reach(impostor, view, context()), impostor);
    expect(error.code).toBe('host_key_mismatch');
    expectNoSecret(error, box);
    await provider.reach(box, view, context());
  });
}

function isCount(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= 0;
}
