// The arguments of a Web API call, from the forms in which clients send them: form fields with JSON in them, or one JSON object.
import { complaining, SlackRefusal } from './refusal.ts';

export interface Arguments {
  readonly raw: Readonly<Record<string, unknown>>;
  /** Undefined when missing or empty. */
  text(name: string): string | undefined;
  /** Refuses with `invalid_arguments` when missing. */
  required(name: string): string;
  flag(name: string): boolean;
  whole(name: string): number | undefined;
  /** A structured argument, decoded; undefined when missing. Refuses with `otherwise` when it is no JSON. */
  structure(name: string, otherwise: string): unknown;
}

/** Refuses with Slack's codes for bodies that it cannot read. */
export function readArguments(contentType: string | undefined, body: string): Arguments {
  return argumentsOf(bodyOf(contentType, body));
}

function bodyOf(contentType: string | undefined, body: string): Record<string, unknown> {
  const type = contentType?.split(';')[0]?.trim();
  if (type === 'application/json') {
    const value = decoded(body);
    if (!isRecord(value)) throw new SlackRefusal('json_not_object');
    return value;
  }
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(body));
  if (body === '') return {};
  throw new SlackRefusal(type === undefined ? 'missing_post_type' : 'invalid_post_type');
}

function argumentsOf(raw: Readonly<Record<string, unknown>>): Arguments {
  function text(name: string): string | undefined {
    const value = raw[name];
    if (value === undefined || value === null || value === '') return undefined;
    return typeof value === 'string' ? value : String(value);
  }
  return {
    raw,
    text,
    required(name) {
      const value = text(name);
      if (value === undefined) throw complaining('invalid_arguments', [`missing required field: ${name}`]);
      return value;
    },
    flag: (name) => ['true', '1'].includes(text(name) ?? ''),
    whole(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!/^\d+$/.test(value)) throw complaining('invalid_arguments', [`must be an integer [json-pointer:/${name}]`]);
      return Number(value);
    },
    structure(name, otherwise) {
      const value = raw[name];
      if (typeof value !== 'string') return value ?? undefined;
      if (value === '') return undefined;
      const structure = decoded(value);
      if (typeof structure !== 'object' || structure === null) throw new SlackRefusal(otherwise);
      return structure;
    },
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
