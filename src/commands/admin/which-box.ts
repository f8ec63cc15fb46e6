// Which box an operator means: by its id, its name, or owner and name.
import { lowerCase } from '../../boxes/names.ts';
import { findAccounts } from '../../store/accounts.ts';
import { type OverseenBox, overseenBoxes } from '../../store/oversight.ts';
import { command, misuse } from '../../threads/reply.ts';
import { shown } from '../../threads/shown.ts';
import type { CommandContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { identityOf } from './who.ts';

/** Said of the parameter that names a box. */
export const WHICH = 'its id from `admin boxes`, its name, or owner and name as in ana/mybox';

const LONGEST_SHOWN = 80;
const MOST_OFFERED = 5;

/**
 * Names of people are taken here, because ids are offered wherever more than one box could be meant.
 * `verb` is the command that asks, such as `admin stop`. @throws Refusal
 */
export async function whichBox(context: CommandContext, typed: string, verb: string): Promise<OverseenBox> {
  const slash = typed.lastIndexOf('/');
  const box = lowerCase(typed.slice(slash + 1));
  const owners = slash < 1 ? undefined : await findAccounts(context.tx, identityOf(context, typed.slice(0, slash)));
  const filters = owners === undefined ? [{}] : owners.map(({ id }) => ({ ownerId: id }));
  const found: OverseenBox[] = [];
  for (const filter of filters)
    found.push(...(await overseenBoxes(context.tx, { ...filter, box, limit: MOST_OFFERED })));
  const [only] = found;
  if (only === undefined)
    throw new Refusal(
      misuse(`No box is meant by "${shown(typed, LONGEST_SHOWN)}". All of them:`, command('admin boxes')),
    );
  if (found.length === 1) return only;
  throw new Refusal(
    misuse(
      'More than one box is meant by that. By its id:',
      ...found.slice(0, MOST_OFFERED).map(({ id, owner, name }) => command(`${verb} ${id}`, `${owner}/${name}`)),
    ),
  );
}
