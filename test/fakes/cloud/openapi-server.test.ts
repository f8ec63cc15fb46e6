// The cloud of tests notices what a vendor's document does not allow.
import { afterEach, describe, expect, it } from 'vitest';
import { specFile } from './contract-data.ts';
import { loadOpenApi, openApiDocument } from './openapi-document.ts';
import { type CloudReply, type CloudServer, openCloudServer } from './openapi-server.ts';

const thing = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' }, note: { nullable: true }, example: { type: 'string' } },
};
const document = openApiDocument({
  openapi: '3.0.0',
  paths: {
    '/things': {
      get: {
        parameters: [{ name: 'page', in: 'query', schema: { type: 'integer' } }],
        responses: { 200: json({ type: 'array', items: { $ref: '#/components/schemas/thing' } }) },
      },
      post: {
        requestBody: { required: true, ...json({ allOf: [{ $ref: '#/components/schemas/thing' }, named()] }) },
        responses: { 201: json({ $ref: '#/components/schemas/thing' }), default: json({ type: 'object' }) },
      },
    },
    '/things/{id}': {
      parameters: [{ name: 'id', in: 'path', schema: { type: 'string' } }],
      delete: { responses: { 204: { description: 'gone' } } },
    },
    '/things/all': { delete: { responses: { 204: { description: 'gone' } } } },
  },
  components: { schemas: { thing } },
});

function json(schema: object) {
  return { content: { 'application/json': { schema, example: { nonsense: true } } } };
}
function named() {
  return { type: 'object', properties: { name: { type: 'string' }, deep: { type: 'object', properties: { a: {} } } } };
}

describe('the cloud of tests', () => {
  let server: CloudServer | undefined;
  afterEach(() => server?.close());

  async function asked(
    method: string,
    path: string,
    body?: unknown,
    reply: CloudReply = { status: 201, body: { id: 1 } },
  ) {
    server = await openCloudServer({
      document,
      authorize: ({ headers }) => (headers.authorization === 'yes' ? undefined : { status: 401 }),
      handlers: {
        'GET /things': () => reply,
        'POST /things': () => reply,
        'DELETE /things/{id}': ({ params }) => ({ status: params.id === '7/8' ? 204 : 500 }),
      },
    });
    const answer = await fetch(server.url + path, {
      method,
      headers: { authorization: 'yes' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, violations: server.violations() };
  }

  it('lets through what fits', async () => {
    const whole = { id: 1, name: 'a', example: 'b', note: null, deep: { a: 1 } };
    expect(await asked('POST', '/things', whole)).toEqual({ status: 201, violations: [] });
    expect(await asked('GET', '/things?page=2', undefined, { status: 200, body: [{ id: 1 }] })).toEqual({
      status: 200,
      violations: [],
    });
    expect(await asked('DELETE', '/things/7%2F8')).toEqual({ status: 204, violations: [] });
    server?.assertClean();
  });

  it.each([
    ['a misspelt key', 'POST', '/things', { id: 1, nmae: 'a' }, '(nmae)'],
    ['a misspelt key inside', 'POST', '/things', { id: 1, deep: { b: 1 } }, '(b)'],
    ['a wrong type', 'POST', '/things', { id: 'one' }, 'must be integer'],
    ['a missing key', 'POST', '/things', { name: 'a' }, "must have required property 'id'"],
    ['a missing body', 'POST', '/things', undefined, 'a body is missing'],
    ['a body where none is known', 'DELETE', '/things/7', { id: 1 }, 'none is known'],
    ['an unknown query', 'GET', '/things?pgae=2', undefined, '“pgae”'],
    ['a query of the wrong type', 'GET', '/things?page=two', undefined, 'must be integer'],
    ['an unknown path', 'GET', '/thongs', undefined, 'no such route'],
    ['a route that nothing answers', 'DELETE', '/things/all', undefined, 'nothing in this fake answers it'],
  ])('notices %s', async (_, method, path, body, said) => {
    const { violations } = await asked(method, path, body);
    expect(violations.join('\n')).toContain(said);
    expect(() => server?.assertClean()).toThrow(said);
  });

  it('notices a reply that the vendor would not give', async () => {
    const wrong = { status: 201, body: { id: 'one' } };
    expect((await asked('POST', '/things', { id: 1 }, wrong)).violations.join()).toContain('must be integer');
    expect((await asked('GET', '/things', undefined, { status: 418 })).violations.join()).toContain('status 418');
  });

  it('refuses a handler for what is not in the document', async () => {
    const strange = { document, authorize: () => undefined, handlers: { 'GET /nowhere': () => ({ status: 200 }) } };
    await expect(openCloudServer(strange)).rejects.toThrow('GET /nowhere');
  });
});

describe("the vendors' documents", () => {
  it.skipIf(specFile('digitalocean') === undefined).each(['digitalocean', 'ovh'])(
    '%s has schemas that hold',
    (name) => {
      const read = loadOpenApi(name);
      const nothing = { params: {}, query: new URLSearchParams() };
      for (const route of read?.routes ?? []) {
        expect(() => read?.replyErrors(route, 200, {}), route).not.toThrow();
        expect(() => read?.requestErrors(route, { ...nothing, body: { misspelt: 1 } }), route).not.toThrow();
      }
      expect(read?.routes.length).toBeGreaterThan(30);
    },
  );
});
