// Makes an OpenAPI 3.0 document's schemas fit for a strict look: without examples, and with request bodies that allow nothing unnamed.

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const DROPPED = ['example', 'examples', 'discriminator'];

/**
 * Without what is no schema. `nullable` without a type is no JSON Schema to ajv. Names under `properties` are names, not keywords: a
 * property may well be called `example`.
 */
export function plain(value: unknown, names = false): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => names || !DROPPED.includes(key));
  const made = Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner, !names && key === 'properties')]));
  if (names || made.nullable !== true || 'type' in made) return made;
  const { nullable: _, ...rest } = made;
  return { anyOf: [rest, { type: 'null' }] };
}

/** Where a JSON pointer of a document leads, e.g. `#/components/schemas/droplet`. */
export function pointed(document: Json, pointer: string): unknown {
  const steps = pointer.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((at, step) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined;
  }, document);
}

/** The thing itself, or what its `$ref` names. */
export function resolved(document: Json, value: unknown): unknown {
  return isObject(value) && typeof value.$ref === 'string' ? resolved(document, pointed(document, value.$ref)) : value;
}

const CHOICES = ['allOf', 'oneOf', 'anyOf'] as const;

/**
 * The schema with everything it refers to put into it, and each of its objects closed: vendors leave request bodies open, where a misspelt
 * key would pass unseen. A schema that holds itself stays open from there on.
 */
export function closed(document: Json, schema: unknown, within: readonly unknown[] = [], top = true): unknown {
  const target = resolved(document, schema);
  if (!isObject(target) || within.includes(target)) return target;
  const inner = (value: unknown, isTop: boolean) => closed(document, value, [...within, target], isTop);
  const made: Record<string, unknown> = { ...target };
  for (const choice of CHOICES) {
    const parts = target[choice];
    if (Array.isArray(parts)) made[choice] = parts.map((part) => inner(part, false));
  }
  if (isObject(target.properties)) {
    const named = Object.entries(target.properties).map(([name, value]) => [name, inner(value, true)]);
    made.properties = Object.fromEntries(named);
  }
  if (isObject(target.items)) made.items = inner(target.items, true);
  if (isObject(target.additionalProperties)) made.additionalProperties = inner(target.additionalProperties, true);
  const hasParts = CHOICES.some((choice) => choice in target);
  if (!top || 'additionalProperties' in target || !(hasParts || 'properties' in target)) return made;
  return { ...made, [hasParts ? 'unevaluatedProperties' : 'additionalProperties']: false };
}
