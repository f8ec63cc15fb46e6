// Box specifications for tests: real host keys, fresh ids, names that follow the contract.
import { v7 as uuidv7 } from 'uuid';
import { generateHostKey } from '../../src/bots/ssh/host-keys.ts';
import { DEFAULT_SIZES, resourcesOf } from '../../src/boxes/sizes.ts';
import { instanceName } from '../../src/providers/names.ts';
import type { BoxSpec } from '../../src/providers/provider.ts';

/** An installation id of this test run only, so that nothing an earlier run left can be taken for ours. */
export function testInstallId(): string {
  return `t${uuidv7().replaceAll('-', '').slice(-7)}`;
}

/** An Ed25519 pair in OpenSSH formats. */
export function makeHostKey(): BoxSpec['hostKey'] {
  return generateHostKey();
}

/** A new box's first incarnation; the instance name follows from the ids unless it is given. */
export function makeBoxSpec(overrides: Partial<BoxSpec> & Pick<BoxSpec, 'installId'>): BoxSpec {
  const boxId = overrides.boxId ?? uuidv7();
  const incarnation = overrides.incarnation ?? 1;
  return {
    boxId,
    boxName: `box-${boxId.slice(-6)}`,
    incarnation,
    instanceName: instanceName(overrides.installId, boxId, incarnation),
    resources: resourcesOf({ ...DEFAULT_SIZES.small, cpus: 1, memoryMiB: 512, homeGiB: 1 }),
    hostKey: makeHostKey(),
    authorizedKeys: [makeHostKey().publicKey],
    sshPort: undefined,
    stopNote: 'stops after 60 idle minutes; home is kept',
    hasRun: false,
    from: undefined,
    region: undefined,
    mostHourly: undefined,
    image: undefined,
    ...overrides,
  };
}

/** The same box, made once more: same home, same host key, new instance name. */
export function nextIncarnation(box: BoxSpec): BoxSpec {
  const incarnation = box.incarnation + 1;
  return { ...box, incarnation, instanceName: instanceName(box.installId, box.boxId, incarnation) };
}
