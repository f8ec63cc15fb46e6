// The scopes that operators are told of, against those that the vendor's document wants for what the driver asks.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FULL_SCOPES, READ_SCOPES, SCOPES } from '../../../src/providers/digitalocean/scopes.ts';
import { type FakeDigitalOcean, openDigitalOcean } from '../../fakes/cloud/digitalocean.ts';
import { loadOpenApi } from '../../fakes/cloud/openapi-document.ts';

const DOCUMENT = path.resolve(import.meta.dirname, '../../../docs/providers.md');
const openApi = loadOpenApi('digitalocean');
const isCovered = (scope: string) => {
  const [name = '', right] = scope.split(':');
  return FULL_SCOPES.some((full) => full === name) || (right === 'read' && READ_SCOPES.some((read) => read === name));
};
/** Tokens of old, which have no other scopes. */
const isOfOld = (scope: string) => scope.startsWith('api:');

describe('the scopes of a token', () => {
  let fake: FakeDigitalOcean;
  beforeEach(async () => {
    fake = await openDigitalOcean();
  });
  afterEach(() => fake.close());

  it.skipIf(openApi === undefined)('are all that the vendor’s document wants for every route that is asked', () => {
    const missing = fake.routes.flatMap((route) =>
      (openApi?.scopesOf(route) ?? [])
        .filter((scope) => !isOfOld(scope) && !isCovered(scope))
        .map((scope) => `${route}: ${scope}`),
    );
    expect(missing).toEqual([]);
    expect(fake.routes.length).toBeGreaterThan(30);
    expect(openApi?.scopesOf('POST /v2/volumes/{volume_id}/actions')).toEqual(['block_storage_action:create']);
  });

  it('are the same in the document for operators', () => {
    expect(readFileSync(DOCUMENT, 'utf8').replace(/\s+/g, ' ')).toContain(`custom scopes: ${SCOPES}.`);
  });
});
