// Holds requests and answers against Discord's own OpenAPI description, which is not part of this repository.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import { isRecord } from './refusal.ts';

const BESIDE_THE_CHECKOUT = path.resolve(import.meta.dirname, '../../../../shared');

const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.record(z.string(), z.unknown()),
});
const contentSchema = z.looseObject({
  'application/json': z.looseObject({ schema: z.record(z.string(), z.unknown()) }),
});
const operationSchema = z.looseObject({
  requestBody: z.looseObject({ content: contentSchema }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: contentSchema.optional() })),
});

export interface OpenApi {
  /** What in a request's body does not fit; empty when it fits or the description says nothing of a body. */
  requestErrors(route: string, body: unknown): readonly string[];
  answerErrors(route: string, status: number, body: unknown): readonly string[];
}

/** The description's file, or undefined where the data is not there. */
export function openApiFile(): string | undefined {
  const data = process.env.SHELLBOX_CONTRACT_DATA ?? BESIDE_THE_CHECKOUT;
  const file = path.join(data, 'platforms', 'discord-openapi.json');
  return existsSync(file) ? file : undefined;
}

let loaded: OpenApi | undefined;

/** Read once in a process, since its schemas take a while to compile. */
export function loadOpenApi(): OpenApi | undefined {
  const file = openApiFile();
  if (file === undefined) return undefined;
  loaded ??= createOpenApi(file);
  return loaded;
}

function createOpenApi(file: string): OpenApi {
  const document = documentSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);
  for (const format of ['snowflake', 'nonce']) ajv.addFormat(format, true);
  const compiled = new Map<string, ValidateFunction | undefined>();

  function operationOf(route: string) {
    const [method = '', template = ''] = route.split(' ');
    const found = document.paths[template]?.[method.toLowerCase()];
    if (found === undefined) throw new Error(`${route} is not in the description.`);
    return operationSchema.parse(found);
  }
  function errors(key: string, schema: () => Record<string, unknown> | undefined, value: unknown): readonly string[] {
    if (!compiled.has(key)) {
      const found = schema();
      compiled.set(key, found && ajv.compile({ ...found, components: document.components }));
    }
    const validate = compiled.get(key);
    if (validate === undefined || validate(value) === true) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message = 'does not fit' }) => `${instancePath || '/'} ${message}`,
    );
  }

  return {
    requestErrors: (route, body) =>
      errors(route, () => operationOf(route).requestBody?.content['application/json'].schema, withTextIds(body)),
    answerErrors: (route, status, body) =>
      errors(
        `${route} ${status}`,
        () => operationOf(route).responses[String(status)]?.content?.['application/json'].schema,
        body,
      ),
  };
}

/** Discord takes numbers for the ids of new attachments, as its reference shows; its description does not say so. */
function withTextIds(body: unknown): unknown {
  if (!isRecord(body) || !Array.isArray(body.attachments)) return body;
  const attachments = body.attachments.map((one: unknown) =>
    isRecord(one) && typeof one.id === 'number' ? { ...one, id: String(one.id) } : one,
  );
  return { ...body, attachments };
}
