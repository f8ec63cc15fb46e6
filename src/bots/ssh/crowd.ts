// Those whom nobody knows yet, by network: when there are too many, who has been there longest of the network that has most gives way.
export interface Crowd<M> {
  readonly size: number;
  /** How many there are of one network. */
  of(network: string): number;
  enter(member: M, network: string): void;
  /** Nothing when it has left before. */
  leave(member: M): void;
  has(member: M): boolean;
  longestOf(network: string): M | undefined;
  longestOfLargest(): M | undefined;
}

export function createCrowd<M>(): Crowd<M> {
  const networks = new Map<M, string>();
  /** Each in the order in which they came. */
  const members = new Map<string, Set<M>>();

  return {
    get size() {
      return networks.size;
    },
    of: (network) => members.get(network)?.size ?? 0,
    enter(member, network) {
      networks.set(member, network);
      const there = members.get(network);
      if (there === undefined) members.set(network, new Set([member]));
      else there.add(member);
    },
    leave(member) {
      const network = networks.get(member);
      if (network === undefined) return;
      networks.delete(member);
      const left = members.get(network);
      left?.delete(member);
      if (left?.size === 0) members.delete(network);
    },
    has: (member) => networks.has(member),
    longestOf: (network) => first(members.get(network)),
    longestOfLargest() {
      let largest: Set<M> | undefined;
      for (const there of members.values()) if (there.size > (largest?.size ?? 0)) largest = there;
      return first(largest);
    },
  };
}

function first<M>(members: Set<M> | undefined): M | undefined {
  return members?.values().next().value;
}
