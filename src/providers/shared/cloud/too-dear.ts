// Machines that cost more than was agreed for a box: they are not bought, whatever else is sold out.
import { type BoxSpec, ProviderError } from '../../provider.ts';

export function isAffordable({ hourly }: { hourly: number }, { mostHourly }: Pick<BoxSpec, 'mostHourly'>): boolean {
  return mostHourly === undefined || hourly <= mostHourly;
}

/** `where` names what was looked at, such as `DigitalOcean in fra1`. */
export function tooDear({ boxName }: Pick<BoxSpec, 'boxName'>, where: string): ProviderError {
  return new ProviderError(
    'sold_out',
    `What can be had at ${where} now costs more than was agreed for ${boxName}, so nothing was bought.`,
    {
      remedy: `Type "start ${boxName}" later. Or be asked anew, at the price of now: "destroy ${boxName}", then "spinup ${boxName}"; what is in its home comes along by "snapshot create ${boxName}" before that and --from with its name behind it.`,
      remedyFor: 'everybody',
    },
  );
}
