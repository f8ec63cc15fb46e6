// Holds calls to a provider at the door until a test lets them through, so that a test decides what is under way.
import { type CallContext, type Provider, ProviderError } from '../../src/providers/provider.ts';

type Verb = {
  [K in keyof Provider]: Provider[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof Provider];

export interface Gate {
  /** Resolves when a call stands at the gate, to what it was told. */
  reached: Promise<CallContext>;
  /** Lets everything through, now and later. */
  open(): void;
}

export interface Gates {
  provider: Provider;
  /** From now on calls of this verb wait at the gate. */
  hold(verb: Verb): Gate;
}

export function withGates(provider: Provider): Gates {
  const gates = new Map<Verb, { arrived: (context: CallContext) => void; opened: Promise<void> }>();

  async function pass(verb: Verb, context: CallContext): Promise<void> {
    const { signal } = context;
    const gate = gates.get(verb);
    if (gate === undefined) return;
    gate.arrived(context);
    const abandoned = Promise.withResolvers<never>();
    const onAbort = () => abandoned.reject(new ProviderError('timeout', `Nobody waits for ${verb} any more.`));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    await Promise.race([gate.opened, abandoned.promise]).finally(() => signal.removeEventListener('abort', onAbort));
  }

  const held: Provider = {
    ...provider,
    admit: (context) => pass('admit', context).then(() => provider.admit(context)),
    create: (box, context) => pass('create', context).then(() => provider.create(box, context)),
    start: (box, context) => pass('start', context).then(() => provider.start(box, context)),
    stop: (box, context) => pass('stop', context).then(() => provider.stop(box, context)),
    destroy: (box, context) => pass('destroy', context).then(() => provider.destroy(box, context)),
    list: (installId, context) => pass('list', context).then(() => provider.list(installId, context)),
    configure: (box, context) => pass('configure', context).then(() => provider.configure(box, context)),
    ensureHome: (box, context) => pass('ensureHome', context).then(() => provider.ensureHome(box, context)),
    snapshotHome: (box, id, context) =>
      pass('snapshotHome', context).then(() => provider.snapshotHome(box, id, context)),
    exec: (box, line, context) => pass('exec', context).then(() => provider.exec(box, line, context)),
  };
  return {
    provider: held,
    hold(verb) {
      const arrived = Promise.withResolvers<CallContext>();
      const opened = Promise.withResolvers<void>();
      gates.set(verb, { arrived: arrived.resolve, opened: opened.promise });
      return {
        reached: arrived.promise,
        open() {
          gates.delete(verb);
          opened.resolve();
        },
      };
    },
  };
}
