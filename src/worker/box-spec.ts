// From a box's row to what its provider is told.
import { stopHabit } from '../boxes/planned-stop.ts';
import { ShellboxError } from '../errors.ts';
import { instanceName } from '../providers/names.ts';
import type { BoxRef, BoxSpec, LiveBoxRef } from '../providers/provider.ts';
import { secret } from '../secret.ts';
import { accessKeysOf } from '../store/accounts.ts';
import type { Box } from '../store/boxes.ts';
import type { Tx } from '../store/database.ts';
import type { SecretBox } from '../store/secretbox.ts';
import { hasRun } from '../store/usage.ts';

export interface SpecSource {
  installId: string;
  secrets: SecretBox;
  /** The gateway's public key; every box lets it in as `dev`. */
  gatewayPublicKey: string;
}

type Instance = Pick<Box, 'id' | 'incarnation'> & Partial<Pick<Box, 'instanceRef'>>;

export function refOf(box: Instance, installId: string): BoxRef {
  return {
    installId,
    boxId: box.id,
    incarnation: box.incarnation,
    instanceName: instanceName(installId, box.id, box.incarnation),
    ref: box.instanceRef ?? undefined,
  };
}

/** For calls that may look into a box that runs. */
export function liveRefOf(box: Instance & Pick<Box, 'hostPublicKey'>, installId: string): LiveBoxRef {
  return { ...refOf(box, installId), hostKey: { publicKey: box.hostPublicKey } };
}

/** Reads the account's keys and opens the box's host key. */
export async function specOf(tx: Tx, box: Box, source: SpecSource): Promise<BoxSpec> {
  if (box.hostPrivateKey === null)
    throw new ShellboxError('box_destroyed', `${box.name} was destroyed; its host key is gone.`);
  const keys = await accessKeysOf(tx, box.accountId);
  return {
    ...refOf(box, source.installId),
    boxName: box.name,
    resources: { cpus: box.cpus, memoryMiB: box.memoryMiB, homeGiB: box.homeGiB, pids: box.pids },
    hostKey: {
      privateKey: secret(source.secrets.open(box.hostPrivateKey, `boxes:${box.id}`)),
      publicKey: box.hostPublicKey,
    },
    authorizedKeys: [source.gatewayPublicKey, ...keys.map((key) => key.publicKey)],
    sshPort: box.sshPort ?? undefined,
    stopNote: `${lowerFirst(stopHabit(box.idleMinutes))}; home is kept`,
    hasRun: await hasRun(tx, box.id),
    from: box.homeFrom ?? undefined,
    region: box.region ?? undefined,
    image: box.image ?? undefined,
    mostHourly: box.mostHourly ?? undefined,
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
