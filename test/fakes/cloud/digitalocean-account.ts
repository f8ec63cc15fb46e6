// Keys, tags, firewalls, and what is sold at the DigitalOcean of tests.
import { createHash } from 'node:crypto';
import { REGIONS, regionView, SIZES, sizeView } from './digitalocean-catalogue.ts';
import { dateOf, listIn, newUuid, notFound, pageOf, textIn, unprocessable, type World } from './digitalocean-world.ts';
import type { CloudHandler, CloudReply } from './openapi-server.ts';

function fingerprintOf(publicKey: string): string {
  const [, base64 = ''] = publicKey.split(' ');
  const hex = createHash('md5').update(Buffer.from(base64, 'base64')).digest('hex');
  return hex.replace(/(..)(?!$)/g, '$1:');
}

type Key = World['keys'] extends Map<string, infer K> ? K : never;

const keyView = (fingerprint: string, { id, name, publicKey }: Key) => ({
  id,
  fingerprint,
  name,
  public_key: publicKey,
});

/** By fingerprint or by id, as the vendor takes either. */
function fingerprintIn(world: World, { ssh_key_identifier: wanted = '' }: Readonly<Record<string, string>>): string {
  return [...world.keys].find(([, { id }]) => String(id) === wanted)?.[0] ?? wanted;
}

function keyReply(world: World, fingerprint: string, status: number): CloudReply {
  const key = world.keys.get(fingerprint);
  return key === undefined ? notFound() : { status, body: { ssh_key: keyView(fingerprint, key) } };
}

function tagReply(name: string, status: number): CloudReply {
  return { status, body: { tag: { name, resources: { count: 0, droplets: { count: 0 } } } } };
}

/** Makes or replaces one; the vendor fills in what is its own. */
function putFirewall(world: World, id: string, body: unknown, status: number): CloudReply {
  if (listIn(body, 'tags').some((tag) => !world.tags.has(String(tag)))) return unprocessable('tag does not exist');
  const name = textIn(body, 'name');
  if ([...world.firewalls.values()].some((one) => one.name === name && one.id !== id)) {
    return { status: 409, body: { id: 'conflict', message: 'duplicate name' } };
  }
  const own = { id, status: 'succeeded', created_at: dateOf(world.nowMs()), pending_changes: [], droplet_ids: [] };
  const firewall = { ...Object(body), ...own };
  world.firewalls.set(id, firewall);
  return { status, body: { firewall } };
}

export function accountHandlers(world: World): Record<string, CloudHandler> {
  return {
    'GET /v2/regions': (request) =>
      pageOf(
        world,
        request,
        'regions',
        REGIONS.map((slug) => regionView(world, slug)),
      ),
    'GET /v2/sizes': (request) =>
      pageOf(
        world,
        request,
        'sizes',
        SIZES.map((one) => sizeView(world, one)),
      ),
    'GET /v2/account/keys': (request) =>
      pageOf(
        world,
        request,
        'ssh_keys',
        [...world.keys].map(([fingerprint, key]) => keyView(fingerprint, key)),
      ),
    'GET /v2/account/keys/{ssh_key_identifier}': ({ params }) => keyReply(world, fingerprintIn(world, params), 200),
    'POST /v2/account/keys': ({ body }) => {
      const publicKey = textIn(body, 'public_key');
      const fingerprint = fingerprintOf(publicKey);
      if (world.keys.has(fingerprint)) return unprocessable('SSH Key is already in use on your account');
      world.keys.set(fingerprint, { id: world.nextId(), name: textIn(body, 'name'), publicKey });
      return keyReply(world, fingerprint, 201);
    },
    'DELETE /v2/account/keys/{ssh_key_identifier}': ({ params }) =>
      world.keys.delete(fingerprintIn(world, params)) ? { status: 204 } : notFound(),
    'GET /v2/tags/{tag_id}': ({ params }) =>
      world.tags.has(params.tag_id ?? '') ? tagReply(params.tag_id ?? '', 200) : notFound(),
    'POST /v2/tags': ({ body }) => {
      const name = textIn(body, 'name');
      world.tags.add(name);
      return tagReply(name, 201);
    },
    // As the vendor has it: what carried the tag does not any more.
    'DELETE /v2/tags/{tag_id}': ({ params: { tag_id: tag = '' } }) => {
      const tagged = [...world.droplets.values(), ...world.volumes.values(), ...world.snapshots.values()];
      for (const one of tagged) one.tags = one.tags.filter((own) => own !== tag);
      return world.tags.delete(tag) ? { status: 204 } : notFound();
    },
    'GET /v2/firewalls': (request) => pageOf(world, request, 'firewalls', [...world.firewalls.values()]),
    'POST /v2/firewalls': ({ body }) => putFirewall(world, newUuid(), body, 202),
    'PUT /v2/firewalls/{firewall_id}': ({ params, body }) =>
      world.firewalls.has(params.firewall_id ?? '')
        ? putFirewall(world, params.firewall_id ?? '', body, 200)
        : notFound(),
    'DELETE /v2/firewalls/{firewall_id}': ({ params }) =>
      world.firewalls.delete(params.firewall_id ?? '') ? { status: 204 } : notFound(),
  };
}
