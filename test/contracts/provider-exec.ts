// The provider contract: lines that are run in boxes, how they end, and what becomes of them when nobody waits any more.
import { expect, test } from 'vitest';
import type { BoxSpec, Ended, InstanceView } from '../../src/providers/provider.ts';
import { makeHostKey } from './provider-spec.ts';
import { type Boxes, failureCode } from './provider-subject.ts';

export function provesExec(boxes: () => Boxes): void {
  async function run(
    { box, view }: { box: BoxSpec; view: InstanceView },
    line: string,
  ): Promise<{ printed: string; ended: Ended }> {
    const { provider, context } = boxes();
    const endpoint = await provider.reach(box, view, context());
    const printed: Buffer[] = [];
    const ended = await provider.exec(box, { endpoint, line, output: (data) => printed.push(data) }, context());
    return { printed: Buffer.concat(printed).toString(), ended };
  }

  test('a line is run in the box, and its output and status are told, a signal too', async () => {
    const here = await boxes().running();
    expect((await run(here, 'echo hello')).printed).toContain('hello');
    expect((await run(here, 'true')).ended).toEqual({ status: 0 });
    expect((await run(here, 'echo gone; exit 3')).ended).toEqual({ status: 3 });
    expect((await run(here, 'kill -KILL $$')).ended).toEqual({ signal: 'KILL' });
  });

  test('nothing is run in a box that is stopped, or that answers with another host key', async () => {
    const { provider, running, context } = boxes();
    const { box, view } = await running();
    const endpoint = await provider.reach(box, view, context());
    const line = { endpoint, line: 'true', output: () => {} };
    const impostor = { ...box, hostKey: makeHostKey() };
    expect(await failureCode(provider.exec(impostor, line, context()), impostor)).toBe('host_key_mismatch');
    await provider.stop(box, context());
    expect(await failureCode(provider.exec(box, line, context()), box)).toBe('unavailable');
  });
}
