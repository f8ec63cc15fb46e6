// What the simulated cloud's server and client say to each other: JSON over HTTP, checked on both sides.
import { z } from 'zod';
import { PROVIDER_ERROR_CODES, ProviderError } from '../../src/providers/provider.ts';
import { isSecret, secret } from '../../src/secret.ts';
import { FAULT_KINDS, VERBS } from './seeded-faults.ts';
import { EVENTS } from './seeded-ledger.ts';

/** JSON without gaps: undefined travels as null, because the contract's types tell "undefined" from "left out". */
export function toWire(value: unknown): string {
  return JSON.stringify(value ?? null, function (this: Record<string, unknown>, key, inner: unknown) {
    const raw = this[key];
    // The cloud is told host keys, as a real one would be.
    return isSecret(raw) ? raw.reveal() : (inner ?? null);
  });
}

function orUndefined<T extends z.ZodType>(schema: T) {
  return schema.nullable().transform((value) => value ?? undefined);
}

export const boxRefSchema = z.object({
  installId: z.string(),
  boxId: z.string(),
  incarnation: z.number(),
  instanceName: z.string(),
});

export const liveBoxRefSchema = boxRefSchema.extend({ hostKey: z.object({ publicKey: z.string() }) });

export const boxSpecSchema = boxRefSchema.extend({
  boxName: z.string(),
  resources: z.object({ cpus: z.number(), memoryMiB: z.number(), homeGiB: z.number(), pids: z.number() }),
  hostKey: z.object({ privateKey: z.string().transform((text) => secret(text)), publicKey: z.string() }),
  authorizedKeys: z.array(z.string()),
  sshPort: orUndefined(z.number()),
  stopNote: z.string(),
  hasRun: z.boolean(),
  from: orUndefined(z.string()),
  region: orUndefined(z.string()),
  image: orUndefined(z.string()),
  mostHourly: orUndefined(z.number()),
});

export const endpointSchema = z.object({ host: z.string(), port: z.number() });

export const viewSchema = z.object({
  boxId: z.string(),
  incarnation: z.number(),
  instanceName: z.string(),
  ref: z.string(),
  running: z.boolean(),
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
  endpoint: orUndefined(endpointSchema),
});
export const perhapsViewSchema = orUndefined(viewSchema);
export const viewsSchema = z.array(viewSchema);

export const snapshotRefSchema = z.object({ installId: z.string(), snapshotId: z.string() });
export const snapshotTakenSchema = z.object({ bytes: z.number() });
export const snapshotsSchema = z.array(
  z.object({
    snapshotId: z.string(),
    boxId: z.string(),
    bytes: z.number(),
    createdAt: z.iso.datetime().transform((text) => new Date(text)),
  }),
);

/** What a line printed, and how it ended. */
export const ranSchema = z.object({
  printed: z.string(),
  ended: z.union([z.object({ status: z.number() }), z.object({ signal: z.string() })]),
});

export const noteSchema = z.object({ note: z.string(), region: orUndefined(z.string()) });
export const nothingSchema = z.null().transform(() => {});
export const measurementSchema = z.object({
  homeUsedBytes: orUndefined(z.number()),
  rootUsedBytes: orUndefined(z.number()),
});
/** A map travels as its entries. */
export const observationsSchema = z
  .array(
    z.tuple([
      z.string(),
      z.object({
        startedAtMs: z.number(),
        cpuMs: z.number(),
        trafficBytes: orUndefined(z.number()),
        processes: z.array(
          z.object({
            pid: orUndefined(z.number()),
            key: z.string(),
            command: z.string(),
            cpuMs: z.number(),
            ours: z.boolean(),
            holds: z.boolean(),
          }),
        ),
      }),
    ]),
  )
  .transform((entries) => new Map(entries));
export const healthSchema = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.object({ ok: z.boolean(), what: z.string(), remedy: z.string().nullable().optional() }).transform((finding) => {
      const { ok, what, remedy } = finding;
      return typeof remedy === 'string' ? { ok, what, remedy } : { ok, what };
    }),
  ),
});

export const faultsSchema = z.union([
  z.enum(['none', 'standard']),
  z.partialRecord(z.enum(FAULT_KINDS), z.number().min(0).max(1)),
]);

/** An answer: what the verb resolved with, or the ProviderError it rejected with. */
export const answerSchema = z.union([
  z.object({ value: z.unknown() }),
  z.object({
    error: z.object({
      code: z.enum(PROVIDER_ERROR_CODES),
      message: z.string(),
      remedy: orUndefined(z.string()),
      retryAfterMs: orUndefined(z.number()),
    }),
  }),
]);

export function errorToWire(error: unknown): unknown {
  if (!(error instanceof ProviderError)) throw error;
  const { code, message, remedy, retryAfterMs } = error;
  return { error: { code, message, remedy, retryAfterMs } };
}

export const workSchema = z.object({
  instanceName: z.string(),
  work: z
    .object({
      programs: z.record(z.string(), z.number()),
      trafficBytesPerMinute: z.number(),
      held: z.boolean(),
      seen: z.boolean(),
    })
    .partial()
    .transform(({ programs, trafficBytesPerMinute, held, seen }) => ({
      ...(programs === undefined ? {} : { programs }),
      ...(trafficBytesPerMinute === undefined ? {} : { trafficBytesPerMinute }),
      ...(held === undefined ? {} : { held }),
      ...(seen === undefined ? {} : { seen }),
    })),
});

const perhapsTime = orUndefined(z.number());
const verbSchema = z.enum(VERBS);

export const failNextSchema = z.object({
  verb: verbSchema,
  code: z.enum(PROVIDER_ERROR_CODES),
  times: z.int().min(1),
});

export const reportSchema = z.object({
  everyInstance: z.array(
    boxRefSchema.extend({
      ref: z.string(),
      port: z.number(),
      madeAt: z.number(),
      goneAt: perhapsTime,
      madeLine: z.number(),
      goneLine: perhapsTime,
      gone: orUndefined(z.enum(['destroyed', 'vanished'])),
      power: z.array(z.object({ at: z.number(), running: z.boolean() })),
      authorizedKeys: z.array(z.string()),
    }),
  ),
  homes: z.array(
    z.object({ installId: z.string(), boxId: z.string(), madeAt: z.number(), from: orUndefined(z.string()) }),
  ),
  snapshots: z.array(
    z.object({ installId: z.string(), snapshotId: z.string(), boxId: z.string(), madeAt: z.number() }),
  ),
  duplicates: z.array(
    z.object({
      boxId: z.string(),
      refs: z.tuple([z.string(), z.string()]),
      sameIncarnation: z.boolean(),
      from: z.number(),
      until: perhapsTime,
    }),
  ),
});

export const historySchema = z.array(
  z.object({
    at: z.number(),
    what: z.enum(EVENTS),
    subject: z.string(),
    call: orUndefined(z.object({ verb: verbSchema, attempt: z.number(), fault: orUndefined(z.enum(FAULT_KINDS)) })),
  }),
);
