// What is read of OVH's answers; fields that only newer servers have are optional.
import { z } from 'zod';

const moment = z.string().transform((text, context) => {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  context.addIssue({ code: 'custom', message: 'is no moment' });
  return z.NEVER;
});

const addressSchema = z.object({ ip: z.string(), type: z.string(), version: z.number() });

export const instanceSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  region: z.string(),
  status: z.string(),
  created: moment,
  ipAddresses: z.array(addressSchema).nullish(),
});
/** All that some answers to a create say. */
export const createdSchema = instanceSchema.pick({ id: true });
export type OvhInstance = z.infer<typeof instanceSchema>;

export const volumeSchema = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  region: z.string(),
  size: z.number(),
  status: z.string(),
  attachedTo: z.array(z.string()).nullish(),
  /** `created` is what older servers call it. */
  creationDate: moment.optional(),
  created: moment.optional(),
});
export type OvhVolume = z.infer<typeof volumeSchema>;

export const volumeSnapshotSchema = z.object({
  id: z.string().min(1),
  volumeId: z.string(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  region: z.string(),
  size: z.number(),
  status: z.string(),
  creationDate: moment,
});
export type OvhVolumeSnapshot = z.infer<typeof volumeSnapshotSchema>;

/** OpenStack's `error`, `error_deleting`, `error_extending` … of volumes and snapshots; the vendor's document leaves them open. */
export function isFailed({ status }: { status: string }): boolean {
  return /^error(_|$)/i.test(status);
}

export const flavorSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  region: z.string(),
  vcpus: z.number(),
  /** MiB, counted by the vendor in thousands: a `d2-4` has 4000. */
  ram: z.number(),
  disk: z.number(),
  osType: z.string().nullish(),
  available: z.boolean().nullish(),
  quota: z.number().nullish(),
  planCodes: z.object({ hourly: z.string().nullish() }).nullish(),
});
export type OvhFlavor = z.infer<typeof flavorSchema>;

export const imageSchema = z.object({
  id: z.string().min(1),
  name: z.string(),
  region: z.string(),
  status: z.string().nullish(),
  flavorType: z.string().nullish(),
  creationDate: moment.optional(),
});
export type OvhImage = z.infer<typeof imageSchema>;

export const regionSchema = z.object({ name: z.string().optional(), status: z.string().nullish() });

/** Prices are in hundred-millionths of the currency, without tax. */
export const catalogueSchema = z.object({
  locale: z.object({ currencyCode: z.string() }),
  addons: z.array(
    z.object({
      planCode: z.string(),
      pricings: z.array(z.object({ price: z.number(), intervalUnit: z.string().optional() })),
    }),
  ),
});
