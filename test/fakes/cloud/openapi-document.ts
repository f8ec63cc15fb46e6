// Holds requests and replies against a vendor's OpenAPI document.
import { readFileSync } from 'node:fs';
import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { specFile } from './contract-data.ts';
import { closed, isObject, type Json, plain, resolved } from './openapi-schemas.ts';

/** Errors are sentences; none means that it fits. A route is a method and a path as the document has it: `GET /v2/droplets/{droplet_id}`. */
export interface OpenApiDocument {
  readonly routes: readonly string[];
  requestErrors(route: string, sent: Sent): readonly string[];
  replyErrors(route: string, status: number, body: unknown): readonly string[];
  /** What a log-in has to be allowed for it, e.g. `droplet:read`; names as in the document. */
  scopesOf(route: string): readonly string[];
}

export interface Sent {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Undefined where nothing was sent. */
  body: unknown;
}

const METHODS = ['get', 'post', 'put', 'delete', 'patch'];
const JSON_TYPE = 'application/json';

const loaded = new Map<string, OpenApiDocument>();

/** Read once in a process; undefined where the data is not there. */
export function loadOpenApi(name: string): OpenApiDocument | undefined {
  const file = specFile(name);
  if (file === undefined) return undefined;
  const known = loaded.get(file) ?? openApiDocument(asObject(JSON.parse(readFileSync(file, 'utf8'))));
  loaded.set(file, known);
  return known;
}

export function openApiDocument(given: Json): OpenApiDocument {
  const document = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, plain(value)]));
  const options = {
    strict: false,
    logger: false,
    allErrors: true,
    validateSchema: false,
    unicodeRegExp: false,
  } as const;
  // What stands in a URL is text and is read as the type it should have; a body is taken as it is.
  const ajv = { body: new Ajv2019(options), text: new Ajv2019({ ...options, coerceTypes: true }) };
  for (const one of Object.values(ajv)) addFormats.default(one);
  const compiled = new Map<string, ValidateFunction>();
  const operations = operationsOf(document);

  function errors(kind: keyof typeof ajv, key: string, schema: () => unknown, value: unknown): string[] {
    const made = compiled.get(key) ?? ajv[kind].compile({ ...asObject(schema()), components: document.components });
    compiled.set(key, made);
    if (made(value) === true) return [];
    const found = (made.errors ?? []).map(({ instancePath, message = 'does not fit', params }) => {
      const unnamed = params.additionalProperty ?? params.unevaluatedProperty;
      return `${key}${instancePath}: ${message}${unnamed === undefined ? '' : ` (${unnamed})`}`;
    });
    return [...new Set(found)];
  }

  function operationOf(route: string): Operation {
    const found = operations.get(route);
    if (found === undefined) throw new Error(`${route} is not in the document.`);
    return found;
  }

  function placeErrors(route: string, place: 'path' | 'query', given: Readonly<Record<string, string>>): string[] {
    const known = operationOf(route).parameters.filter((one) => one.in === place);
    return Object.entries(given).flatMap(([name, text]) => {
      const parameter = known.find((one) => one.name === name);
      if (parameter === undefined) return [`${route}: nobody knows “${name}” in its ${place}.`];
      return errors('text', `${route} ${place} ${name}`, () => wrapped(parameter.schema), { value: text });
    });
  }

  function bodyErrors(route: string, body: unknown): string[] {
    const { requestBody } = operationOf(route);
    const schema = isObject(requestBody) ? schemaOf(document, requestBody) : undefined;
    if (body === undefined) {
      return isObject(requestBody) && requestBody.required === true ? [`${route}: a body is missing.`] : [];
    }
    if (schema === undefined) return [`${route}: a body was sent, and none is known.`];
    return errors('body', `${route} body`, () => closed(document, schema), body);
  }

  return {
    routes: [...operations.keys()],
    requestErrors(route, { params, query, body }) {
      const missing = operationOf(route)
        .parameters.filter((one) => one.in === 'query' && one.required === true && !query.has(String(one.name)))
        .map((one) => `${route}: “${one.name}” is missing in its query.`);
      const asked = Object.fromEntries(query);
      return [
        ...missing,
        ...placeErrors(route, 'path', params),
        ...placeErrors(route, 'query', asked),
        ...bodyErrors(route, body),
      ];
    },
    replyErrors(route, status, body) {
      const { responses } = operationOf(route);
      const reply = resolved(document, responses[String(status)] ?? responses.default);
      if (!isObject(reply)) return [`${route}: nobody knows the status ${status}.`];
      const schema = schemaOf(document, reply);
      if (schema === undefined) return body === undefined ? [] : [`${route} ${status}: a body, and none is known.`];
      return errors('body', `${route} ${status}`, () => schema, body);
    },
    scopesOf: (route) =>
      operationOf(route)
        .security.filter(isObject)
        .flatMap((one) => Object.values(one).flatMap(list))
        .map(String),
  };
}

interface Operation {
  parameters: readonly Json[];
  requestBody: unknown;
  responses: Json;
  security: readonly unknown[];
}

function operationsOf(document: Json): ReadonlyMap<string, Operation> {
  const paths = Object.entries(isObject(document.paths) ? document.paths : {});
  return new Map(
    paths.flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const found = isObject(item) ? item[method] : undefined;
        if (!isObject(item) || !isObject(found)) return [];
        const listed = [...list(item.parameters), ...list(found.parameters)];
        const parameters = listed.map((one) => resolved(document, one)).filter(isObject);
        const requestBody = resolved(document, found.requestBody);
        const responses = isObject(found.responses) ? found.responses : {};
        return [
          [
            `${method.toUpperCase()} ${path}`,
            { parameters, requestBody, responses, security: list(found.security) },
          ] as const,
        ];
      }),
    ),
  );
}

function schemaOf(document: Json, holder: Json): unknown {
  const content = isObject(holder.content) ? holder.content[JSON_TYPE] : undefined;
  return isObject(content) ? resolved(document, content.schema) : undefined;
}

function wrapped(schema: unknown): Json {
  return { type: 'object', properties: { value: schema ?? {} } };
}

function asObject(schema: unknown): Json {
  return isObject(schema) ? schema : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
