// What an installation has at DigitalOcean as a whole: the firewall of its boxes, the key for its droplets, and the tag that joins them.
import { z } from 'zod';
import type { Holding } from '../holdings.ts';
import { type CallContext, ProviderError } from '../provider.ts';
import { wasRefusedWith } from '../shared/cloud/api-faults.ts';
import type { Cloud } from '../shared/cloud/cloud.ts';
import { type Api, listOf } from './api.ts';
import { fingerprintOf } from './droplets.ts';
import { belongingName, installTag } from './marks.ts';
import { type DigitalOceanOptions, TITLE } from './options.ts';

const EVERYWHERE = ['0.0.0.0/0', '::/0'];
const ALL_PORTS = '0';
const RULES = {
  inbound_rules: [{ protocol: 'tcp', ports: '22', sources: { addresses: EVERYWHERE } }],
  outbound_rules: ['tcp', 'udp', 'icmp'].map((protocol) => ({
    protocol,
    ports: ALL_PORTS,
    destinations: { addresses: EVERYWHERE },
  })),
};

const placesSchema = z.record(z.string(), z.array(z.union([z.string(), z.number()])).nullish());
const ruleSchema = z.object({
  protocol: z.string(),
  ports: z.string().default(ALL_PORTS),
  sources: placesSchema.optional(),
  destinations: placesSchema.optional(),
});
const firewallSchema = z.object({
  id: z.string(),
  name: z.string(),
  tags: listOf(z.string()),
  inbound_rules: listOf(ruleSchema),
  outbound_rules: listOf(ruleSchema),
});
type Firewall = z.infer<typeof firewallSchema>;
const firewallReply = z.object({ firewall: firewallSchema });
const accountKeySchema = z.object({ id: z.number(), name: z.string() });
const keySchema = z.object({ ssh_key: accountKeySchema });
const tagSchema = z.object({ tag: z.object({ name: z.string() }) });

export type Belongings = Pick<Cloud, 'prepare' | 'tidy' | 'belongings'>;

export function createBelongings(
  api: Api,
  options: DigitalOceanOptions,
  isEmpty: (installId: string, context: CallContext) => Promise<boolean>,
): Belongings {
  /** Made where it is not there; a refusal because somebody else was faster is no failure. */
  async function ensure(path: string, schema: z.ZodType<object>, make: () => Promise<object>, context: CallContext) {
    if ((await api.find(path, schema, context)) !== undefined) return;
    try {
      await make();
    } catch (error) {
      const isThere =
        (wasRefusedWith(error, 422) || wasRefusedWith(error, 409)) && (await api.find(path, schema, context));
      if (!isThere) throw error;
    }
  }
  async function firewallsOf(installId: string, context: CallContext): Promise<Firewall[]> {
    const all = await api.all({ path: '/v2/firewalls', name: 'firewalls', item: firewallSchema }, context);
    return all.filter(({ name }) => name === belongingName(installId));
  }
  /** By name: whoever ends the installation need not know its key, and under another name somebody registered it for a purpose of their own. */
  async function keysOf(installId: string, context: CallContext): Promise<z.infer<typeof accountKeySchema>[]> {
    const all = await api.all({ path: '/v2/account/keys', name: 'ssh_keys', item: accountKeySchema }, context);
    return all.filter(({ name }) => name === belongingName(installId));
  }
  async function ensureFirewall(installId: string, context: CallContext): Promise<void> {
    const wanted = { name: belongingName(installId), tags: [installTag(installId)], ...RULES };
    const [there] = await firewallsOf(installId, context);
    if (there === undefined) {
      await api.post('/v2/firewalls', wanted, firewallReply, context).catch((error: unknown) => {
        // Somebody else was faster; what they made is the same.
        if (!wasRefusedWith(error, 409)) throw error;
      });
    } else if (faceOf(there) !== faceOf(wanted)) {
      await api.put(`/v2/firewalls/${there.id}`, wanted, firewallReply, context);
    }
  }

  return {
    async prepare(installId, context) {
      // A firewall may only name a tag that is there.
      const name = installTag(installId);
      await ensure(`/v2/tags/${name}`, tagSchema, () => api.post('/v2/tags', { name }, tagSchema, context), context);
      const keyPath = `/v2/account/keys/${fingerprintOf(options.controlKey)}`;
      const key = { name: belongingName(installId), public_key: options.controlKey };
      await ensure(keyPath, keySchema, () => api.post('/v2/account/keys', key, keySchema, context), context);
      await ensureFirewall(installId, context);
    },
    /** Its tag stays, which costs nothing: with it would go the marks of all that lists do not show yet, and of kept snapshots. */
    async tidy(installId, context) {
      if (!(await isEmpty(installId, context))) {
        throw new ProviderError('invalid', `There are boxes or homes at ${TITLE} that the firewall protects.`);
      }
      for (const { id } of await firewallsOf(installId, context)) await api.delete(`/v2/firewalls/${id}`, context);
      for (const { id } of await keysOf(installId, context)) await api.delete(`/v2/account/keys/${id}`, context);
    },
    async belongings(installId, context) {
      const [firewalls, keys] = [await firewallsOf(installId, context), await keysOf(installId, context)];
      return [
        ...firewalls.map(({ name }): Holding => ({ kind: 'firewall', name })),
        ...keys.map(({ name }): Holding => ({ kind: 'key', name })),
      ];
    },
  };
}

/** What a firewall lets through and for whom, in an order of its own, to compare two. */
function faceOf({ tags, inbound_rules, outbound_rules }: Omit<Firewall, 'id'>): string {
  const faces = (rules: readonly z.infer<typeof ruleSchema>[]): string[] =>
    rules.map(({ protocol, ports, sources, destinations }) => {
      const places = Object.entries(sources ?? destinations ?? {})
        .map(([kind, items]) => [kind, [...(items ?? [])].sort()] as const)
        .filter(([, items]) => items.length > 0);
      return JSON.stringify([protocol, ports, places.sort()]);
    });
  return JSON.stringify([tags.toSorted(), faces(inbound_rules).sort(), faces(outbound_rules).sort()]);
}
