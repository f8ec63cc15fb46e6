// A box and the traits of a cloud, as user data is made of them.
import type { MachineTraits } from '../../../../src/providers/shared/machine/user-data.ts';
import { makeBoxSpec, makeHostKey } from '../../../contracts/provider-spec.ts';

export const LIMIT_BYTES = 65_535;

export const describedBox = (overrides: Partial<Parameters<typeof makeBoxSpec>[0]> = {}) =>
  makeBoxSpec({ installId: 'tmachine', ...overrides });

export const traits = (overrides: Partial<MachineTraits> = {}): MachineTraits => ({
  device: '/dev/disk/by-id/scsi-0DO_Volume_sb-home',
  controlKey: makeHostKey().publicKey,
  setupScript: undefined,
  limitBytes: LIMIT_BYTES,
  ...overrides,
});
