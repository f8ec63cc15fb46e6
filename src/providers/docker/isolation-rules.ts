// The host's packet rules that keep boxes apart, as values: what must stand, and the script that repairs what does not.
import type { BoxNetwork } from './network.ts';

/**
 * Addresses at which clouds answer with credentials of the machine: AWS, GCP, DigitalOcean and others (link-local), Azure,
 * Alibaba, Oracle. Their IPv6 twins, such as fd00:ec2::254, fall under the rule that drops all IPv6 of boxes.
 */
const METADATA = ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32'];

/** Interfaces of this host behind which other boxes, containers and virtual machines live; `+` is iptables' wildcard. */
const INNER_INTERFACES = ['sbr-+', 'br-+', 'docker+', 'virbr+'];

/** Only what answers a connection that somebody else made to the box; what the box began passes every rule, always. */
const ANSWERS = '-m conntrack --ctstate RELATED,ESTABLISHED --ctdir REPLY -j RETURN';

const OURS = /^-A \S+ .*-j SHELLBOX-/;

export const IP_FAMILIES = ['IPv4', 'IPv6'] as const;
export type IpFamily = (typeof IP_FAMILIES)[number];

/** Chains of one installation: at most 28 characters, as xtables allows. */
const forwardChain = (installId: string): string => `SHELLBOX-${installId}-FWD`;
const inputChain = (installId: string): string => `SHELLBOX-${installId}-IN`;

/** Each chain's rules, in order, as `iptables -S` prints them. */
type Chains = Readonly<Record<string, readonly string[]>>;

/**
 * What the boxes' packets go through. Nameservers of this host stay reachable on port 53 even at an address of METADATA:
 * two clouds resolve names there, and boxes use the host's.
 */
export function wantedChains(
  family: IpFamily,
  { installId, subnet }: { installId: string; subnet: string },
  nameservers: readonly string[],
): Chains {
  const [forward, input] = [forwardChain(installId), inputChain(installId)];
  if (family === 'IPv6') return { [forward]: [`-A ${forward} -j DROP`], [input]: [`-A ${input} -j DROP`] };
  const resolvers = nameservers.filter((address) => METADATA.some((range) => contains(range, address)));
  const rules = [
    `! -s ${subnet} -j DROP`,
    ...resolvers.flatMap((address) =>
      ['udp', 'tcp'].map((protocol) => `-d ${address}/32 -p ${protocol} -m ${protocol} --dport 53 -j RETURN`),
    ),
    ...METADATA.map((range) => `-d ${range} -j DROP`),
    ANSWERS,
    // A published port of another box or container, reached by way of an address of this host.
    '-m conntrack --ctstate DNAT -j DROP',
    ...INNER_INTERFACES.map((name) => `-o ${name} -j DROP`),
  ];
  return {
    [forward]: rules.map((rule) => `-A ${forward} ${rule}`),
    [input]: [ANSWERS, '-j DROP'].map((rule) => `-A ${input} ${rule}`),
  };
}

/** What `iptables -S` printed, by chain; only appended rules. */
function parse(printed: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  for (const line of printed.split('\n')) {
    const [verb, chain] = line.trim().split(' ', 2);
    if (chain === undefined || (verb !== '-N' && verb !== '-A' && verb !== '-P')) continue;
    const rules = chains.get(chain) ?? [];
    chains.set(chain, rules);
    if (verb === '-A') rules.push(line.trim());
  }
  return chains;
}

/**
 * Where the jumps belong. Docker keeps DOCKER-USER for rules like ours, ahead of its own in FORWARD; where nothing jumps
 * there first (flushed by somebody, or an engine without iptables), the jump stands in FORWARD itself as well.
 */
function jumps(current: Map<string, string[]>, { bridge, installId }: { bridge: string; installId: string }) {
  const toForward = `-i ${bridge} -j ${forwardChain(installId)}`;
  const first = current.get('FORWARD')?.find((rule) => !OURS.test(rule));
  const dockerUserIsFirst = first === '-A FORWARD -j DOCKER-USER';
  return [
    ...(current.has('DOCKER-USER') ? [{ parent: 'DOCKER-USER', rule: toForward }] : []),
    ...(dockerUserIsFirst ? [] : [{ parent: 'FORWARD', rule: toForward }]),
    { parent: 'INPUT', rule: `-i ${bridge} -j ${inputChain(installId)}` },
  ];
}

/** Standing among the first rules of its parent, only others like it before it: an earlier ACCEPT would undo it. */
function stands(current: Map<string, string[]>, { parent, rule }: { parent: string; rule: string }): boolean {
  const rules = current.get(parent) ?? [];
  const firstOther = rules.findIndex((other) => !OURS.test(other));
  const at = rules.indexOf(`-A ${parent} ${rule}`);
  return at >= 0 && (firstOther < 0 || at < firstOther);
}

/**
 * The input of `iptables-restore --noflush` that makes the rules of `network` stand, in one step and touching nothing
 * else; undefined when they do already. `printed` is the output of `iptables -S`.
 */
export function repairScript(
  printed: string,
  network: Pick<BoxNetwork, 'bridge'> & { installId: string },
  wanted: Chains,
): string | undefined {
  const current = parse(printed);
  const broken = Object.entries(wanted).filter(([chain, rules]) => current.get(chain)?.join('\n') !== rules.join('\n'));
  const missing = jumps(current, network).filter((jump) => !stands(current, jump));
  if (broken.length === 0 && missing.length === 0) return undefined;
  return script([
    // A declared chain is made or emptied.
    ...broken.map(([chain]) => `:${chain} - [0:0]`),
    ...broken.flatMap(([, rules]) => rules),
    ...missing.flatMap(({ parent, rule }) => [
      ...copies(current, parent, rule).map(() => `-D ${parent} ${rule}`),
      `-I ${parent} 1 ${rule}`,
    ]),
  ]);
}

/** Which of its chains stand. */
export function ownChains(printed: string, installId: string): string[] {
  const current = parse(printed);
  return [forwardChain(installId), inputChain(installId)].filter((chain) => current.has(chain));
}

/** The input that takes every rule and chain of the installation away; undefined when there is none. */
export function removalScript(printed: string, installId: string): string | undefined {
  const current = parse(printed);
  const chains = [forwardChain(installId), inputChain(installId)];
  const present = ownChains(printed, installId);
  const jumpRules = [...current.values()].flat().filter((rule) => chains.some((chain) => rule.endsWith(`-j ${chain}`)));
  if (jumpRules.length === 0 && present.length === 0) return undefined;
  return script([
    ...jumpRules.map((rule) => rule.replace(/^-A/, '-D')),
    ...present.map((chain) => `-F ${chain}`),
    ...present.map((chain) => `-X ${chain}`),
  ]);
}

const script = (lines: readonly string[]): string => ['*filter', ...lines, 'COMMIT', ''].join('\n');

const copies = (current: Map<string, string[]>, parent: string, rule: string): string[] =>
  (current.get(parent) ?? []).filter((other) => other === `-A ${parent} ${rule}`);

/** Whether an IPv4 address lies in a CIDR range. */
function contains(range: string, address: string): boolean {
  const [base = '', bits = '32'] = range.split('/');
  const shift = 2 ** (32 - Number(bits));
  const [left, right] = [toNumber(base), toNumber(address)];
  return right !== undefined && left !== undefined && Math.floor(left / shift) === Math.floor(right / shift);
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
