// The packet rules as values: what is written on an empty host, what is repaired, what is taken away.
import { describe, expect, test } from 'vitest';
import { removalScript, repairScript, wantedChains } from '../../../src/providers/docker/isolation-rules.ts';

const network = { installId: 'abcdefgh', bridge: 'sbr-abcdefgh', subnet: '172.20.0.0/16' };
const [FORWARD, INPUT] = ['SHELLBOX-abcdefgh-FWD', 'SHELLBOX-abcdefgh-IN'];
const wanted = wantedChains('IPv4', network, []);
const DOCKER = ['-P INPUT ACCEPT', '-P FORWARD DROP', '-N DOCKER-USER', '-A FORWARD -j DOCKER-USER'];
const DOCKER_END = '-A DOCKER-USER -j RETURN';
const jump = (parent: string, chain: string) => `-A ${parent} -i sbr-abcdefgh -j ${chain}`;
const chains = [`-N ${FORWARD}`, `-N ${INPUT}`, ...Object.values(wanted).flat()];
const standing = [...DOCKER, jump('DOCKER-USER', FORWARD), DOCKER_END, jump('INPUT', INPUT), ...chains];
const repair = (rules: readonly string[]) => repairScript(rules.join('\n'), network, wanted);

describe('the rules of an installation', () => {
  test('are left alone while they stand', () => {
    expect(repair(standing)).toBeUndefined();
  });

  test('are written in one step where there are none', () => {
    const lines = repair([...DOCKER, DOCKER_END])?.split('\n') ?? [];
    expect(lines[0]).toBe('*filter');
    expect(lines).toContain(`:${FORWARD} - [0:0]`);
    expect(lines).toContain(`-I DOCKER-USER 1 -i sbr-abcdefgh -j ${FORWARD}`);
    expect(lines).toContain(`-I INPUT 1 -i sbr-abcdefgh -j ${INPUT}`);
    expect(lines.at(-2)).toBe('COMMIT');
    expect(lines.filter((line) => line.startsWith('-I FORWARD'))).toEqual([]);
  });

  test.each(standing.filter((rule) => rule.startsWith('-A') && rule.includes('abcdefgh')))(
    'are mended without %s',
    (rule) => {
      expect(repair(standing.filter((other) => other !== rule))).toBeDefined();
    },
  );

  test('are mended where somebody let boxes in before them', () => {
    const opened = [...standing];
    opened.splice(opened.indexOf(jump('INPUT', INPUT)), 0, '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT');
    const lines = repair(opened)?.split('\n');
    expect(lines).toContain(`-D INPUT -i sbr-abcdefgh -j ${INPUT}`);
    expect(lines).toContain(`-I INPUT 1 -i sbr-abcdefgh -j ${INPUT}`);
  });

  test('share the first place with those of another installation', () => {
    const other = '-A INPUT -i sbr-zzzzzzzz -j SHELLBOX-zzzzzzzz-IN';
    const both = [...standing];
    both.splice(both.indexOf(jump('INPUT', INPUT)), 0, other);
    expect(repair(both)).toBeUndefined();
  });

  test('stand in FORWARD where nothing leads to DOCKER-USER first', () => {
    const flushed = standing.filter((rule) => rule !== '-A FORWARD -j DOCKER-USER');
    expect(repair(flushed)).toContain(`-I FORWARD 1 -i sbr-abcdefgh -j ${FORWARD}`);
    const late = ['-A FORWARD -i sbr-abcdefgh -j ACCEPT', ...standing];
    expect(repair(late)).toContain(`-I FORWARD 1 -i sbr-abcdefgh -j ${FORWARD}`);
  });

  test('follow the subnet of the network', () => {
    const moved = wantedChains('IPv4', { ...network, subnet: '172.21.0.0/16' }, []);
    expect(repairScript(standing.join('\n'), network, moved)).toContain('! -s 172.21.0.0/16 -j DROP');
  });

  test('let names be resolved where a cloud does that at an address of its metadata, and nothing else there', () => {
    const rules = wantedChains('IPv4', network, ['169.254.169.254', '192.0.2.1'])[FORWARD] ?? [];
    const allowed = rules.filter((rule) => rule.endsWith('-j RETURN') && rule.includes('169.254'));
    expect(allowed).toEqual([
      `-A ${FORWARD} -d 169.254.169.254/32 -p udp -m udp --dport 53 -j RETURN`,
      `-A ${FORWARD} -d 169.254.169.254/32 -p tcp -m tcp --dport 53 -j RETURN`,
    ]);
    expect(rules.some((rule) => rule.includes('192.0.2.1'))).toBe(false);
  });

  test('drop all of IPv6', () => {
    expect(wantedChains('IPv6', network, [])).toEqual({
      [FORWARD]: [`-A ${FORWARD} -j DROP`],
      [INPUT]: [`-A ${INPUT} -j DROP`],
    });
  });

  test('are taken away to the last, and only ours', () => {
    const foreign = ['-N SHELLBOX-zzzzzzzz-IN', '-A INPUT -i sbr-zzzzzzzz -j SHELLBOX-zzzzzzzz-IN'];
    const lines = removalScript([...standing, ...foreign].join('\n'), network.installId)?.split('\n') ?? [];
    expect(lines).toEqual([
      '*filter',
      `-D INPUT -i sbr-abcdefgh -j ${INPUT}`,
      `-D DOCKER-USER -i sbr-abcdefgh -j ${FORWARD}`,
      `-F ${FORWARD}`,
      `-F ${INPUT}`,
      `-X ${FORWARD}`,
      `-X ${INPUT}`,
      'COMMIT',
      '',
    ]);
    expect(removalScript([...DOCKER, ...foreign].join('\n'), network.installId)).toBeUndefined();
  });
});
