// What the host's apt needs to reach its mirror, read from its own configuration, for the image's build only.
import { runToEnd } from './image-process.ts';

/** Settings about reaching and trusting a mirror's answers; anything else of the host's apt is the host's own business. */
const COPIED_SETTINGS = new Set([
  'Acquire::Check-Valid-Until',
  'Acquire::Check-Date',
  'Acquire::ForceIPv4',
  'Acquire::ForceIPv6',
  'Acquire::Retries',
]);

/** Build arguments of the recipe: `APT_OPTIONS`, and Docker's predefined proxy ones, which leave no trace in the image. */
type AptBuildArgs = Record<string, string>;

/** Reads the output of `apt-config dump`. Values that are not plain words are left out: they end up in a shell line. */
export function aptBuildArgs(dump: string): AptBuildArgs {
  const settings = new Map<string, string>();
  for (const line of dump.split('\n')) {
    const [, name, value] = /^(\S+) "(.*)";$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && value !== '') settings.set(name, value);
  }
  const options = [...settings]
    .filter(([name, value]) => COPIED_SETTINGS.has(name) && /^[\w.-]+$/.test(value))
    .map(([name, value]) => `-o ${name}=${value}`);
  const args: AptBuildArgs = {};
  if (options.length > 0) args.APT_OPTIONS = options.join(' ');
  for (const scheme of ['http', 'https']) {
    const proxy = settings.get(`Acquire::${scheme}::Proxy`);
    if (proxy !== undefined && proxy !== 'DIRECT') args[`${scheme}_proxy`] = proxy;
  }
  return args;
}

/** The host's settings; none on a host without apt. */
export async function hostAptBuildArgs(signal: AbortSignal): Promise<AptBuildArgs> {
  try {
    const { status, output } = await runToEnd('apt-config', ['dump', 'Acquire'], signal);
    return status === 0 ? aptBuildArgs(output) : {};
  } catch (error) {
    if (signal.aborted) throw error;
    return {};
  }
}
