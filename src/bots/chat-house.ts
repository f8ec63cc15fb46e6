// What the house tells chat doors: the forms of its commands, and whose boxes there are, for suggestions and home pages.
import type { BoxState } from '../boxes/states.ts';
import type { Speaker } from '../threads/arrival.ts';
import type { Forms } from '../threads/form.ts';

export interface OwnBox {
  id: string;
  name: string;
  state: BoxState;
  since: Date;
  /** `2 vCPU · 4 GiB memory · 10 GiB home` */
  size: string;
  /** `stops in 8 min`, and the command that keeps it four hours longer, from then on; undefined when nothing is the matter. */
  attention?: { text: string; more: string } | undefined;
}

export interface ChatHouse {
  forms: Forms;
  /** The person's live boxes by name; none for somebody without an account. */
  boxesOf(who: Pick<Speaker, 'door' | 'tenant' | 'subject'>): Promise<readonly OwnBox[]>;
}
