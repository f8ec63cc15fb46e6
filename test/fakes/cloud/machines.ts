// What stands behind the addresses of a cloud of tests.
import type { FakeDisk } from './disk.ts';

export interface Boot {
  /** The vendor's id of the machine. */
  id: string;
  userData: string;
  /** Its home, once it is attached. */
  home(): { disk: FakeDisk; sizeGiB: number } | undefined;
}

export interface Machines {
  /** Where SSH answers in every machine. */
  readonly port: number;
  /** Its address at once; it answers a moment later. What it wrote outside the home before is still there. */
  boot(machine: Boot): string;
  /** It is switched off, and may boot again. */
  halt(id: string): void;
  /** It is deleted, with all that it wrote outside the home. */
  remove(id: string): void;
  close(): Promise<void>;
}
