// cloud-init's user data for a box: what is checked of it, and how it is written down.
import { stringify } from 'yaml';
import { NAME_PATTERN } from '../../../boxes/names.ts';
import { type BoxSpec, ProviderError } from '../../provider.ts';
import { greetingText } from '../box-system.ts';
import { type CloudConfig, cloudConfig } from './cloud-config.ts';
import { machineFiles, machineUnits } from './machine-files.ts';

/** What differs between clouds and installations. */
export interface MachineTraits {
  /** The block device of the home, e.g. `/dev/disk/by-id/…`. */
  device: string;
  /** OpenSSH public key line with which workers log in. */
  controlKey: string;
  /** The operator's own program for new boxes, as a whole; undefined where there is none. */
  setupScript: string | undefined;
  /** The most that the cloud takes. */
  limitBytes: number;
}

type Described = Pick<BoxSpec, 'boxName' | 'hostKey' | 'authorizedKeys' | 'stopNote'>;

/** @throws ProviderError `invalid` where it would be larger than the cloud takes, or something in it is not what it has to be. */
export function userData(box: Described, traits: MachineTraits): string {
  // Every text in quotes: what a bare word means depends on who reads it. Nothing but ASCII, where YAML 1.1 and 1.2 agree.
  const document = stringify(userDataValue(box, traits), {
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    aliasDuplicateObjects: false,
    doubleQuotedAsJSON: true,
    lineWidth: 0,
  });
  const text = `#cloud-config\n${document}`;
  const bytes = Buffer.byteLength(text);
  if (bytes > traits.limitBytes)
    throw new ProviderError(
      'invalid',
      `What a new box is told at its first boot is ${bytes} bytes long, and this cloud takes at most ${traits.limitBytes}.`,
      { remedy: 'Make the set-up script shorter, e.g. one that downloads another.' },
    );
  return text;
}

/** The same as a value. */
export function userDataValue(box: Described, traits: MachineTraits): CloudConfig {
  if (!NAME_PATTERN.test(box.boxName)) throw unfit('name', 'cannot be a host name');
  // systemd reads it as a variable, where quotes and dollars mean something.
  if (!/^\/dev\/[\w.:/+-]+$/.test(traits.device) || traits.device.includes('..'))
    throw unfit('device of the home', 'is not the path of a device');
  const privateKey = box.hostKey.privateKey.reveal();
  if (!/^[\x20-\x7e\n]+$/.test(privateKey) || !/^[\x20-\x7e]+$/.test(box.hostKey.publicKey))
    throw unfit('host key', 'is not in the format of OpenSSH');
  return cloudConfig({
    hostname: box.boxName,
    hostKey: { privateKey, publicKey: box.hostKey.publicKey },
    files: machineFiles({
      authorizedKeys: keyLines(box.authorizedKeys),
      controlKeys: keyLines([traits.controlKey]),
      greeting: greetingText({ name: box.boxName, stopNote: box.stopNote }),
      device: traits.device,
      setupScript: traits.setupScript,
    }),
    units: machineUnits(),
  });
}

/** An `authorized_keys` file. What would be more than a line, or none, could open the box for somebody else. */
export function keyLines(keys: readonly string[]): string {
  for (const key of keys)
    if (!/^[^\p{Cc}]+$/u.test(key) || key.trim() === '') throw unfit('key', 'is not one line of text');
  return keys.map((key) => `${key}\n`).join('');
}

function unfit(what: string, why: string): ProviderError {
  return new ProviderError('invalid', `The ${what} of this box ${why}, so nothing was made.`);
}
