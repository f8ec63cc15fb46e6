// Words that say which parameter they are: `2cpu 4gb 20gb` for `--cpu 2 --memory 4g --disk 20g`, and `size:small` for `--size small`.
import { lowerCase } from '../boxes/names.ts';
import type { Params } from './command.ts';

const CPUS = /^(\d{1,9})(?:v?cpus?|cores?)$/i;
const AMOUNT = /^(\d{1,9}(?:\.\d{1,3})?)([mgt])(?:i?b)?$/i;
const NUMBER = /^\d{1,9}(?:\.\d{1,3})?$/;
const UNIT = /^(?:v?cpus?|cores?|[mgt]i?b)$/i;

export interface NamedWord {
  /** The parameter that the word sets. */
  name: string;
  value: string;
}

/** What `word` says by itself, for commands that have such options: the first amount is memory, the second disk. */
export function sizeWord(params: Params, word: string, isSet: (name: string) => boolean): NamedWord | undefined {
  const cpus = CPUS.exec(word)?.[1];
  const cpu = optionOf(params, 'count');
  if (cpus !== undefined && cpu === 'cpu') return { name: cpu, value: cpus };
  const [, digits, unit = ''] = AMOUNT.exec(word) ?? [];
  const memory = optionOf(params, 'memory');
  const disk = optionOf(params, 'disk');
  if (digits === undefined || memory === undefined) return undefined;
  const name = isSet(memory) && disk !== undefined && unit.toLowerCase() !== 'm' ? disk : memory;
  return { name, value: `${digits}${unit}` };
}

/** `4 gb`, typed apart, is `4gb`. */
export function joinedAmount(first: string, second: string | undefined): string | undefined {
  return second !== undefined && NUMBER.test(first) && UNIT.test(second) ? first + second : undefined;
}

/** What `size:small` or `size=small` says, where there is such a parameter that takes one word. */
export function namedParam(params: Params, word: string): NamedWord | undefined {
  const at = word.search(/[:=]/);
  if (at < 1) return undefined;
  const name = lowerCase(word.slice(0, at));
  const kind = Object.hasOwn(params, name) ? params[name]?.kind : undefined;
  return kind === undefined || kind === 'text' || kind === 'switch' ? undefined : { name, value: word.slice(at + 1) };
}

function optionOf(params: Params, kind: 'count' | 'memory' | 'disk'): string | undefined {
  return Object.keys(params).find((name) => {
    const param = params[name];
    return param?.kind === kind && param.flag === true;
  });
}
