// Room that strangers share. When it is full, the network that holds most gives way: many small ones keep theirs, whoever comes with how much.
export interface Room {
  /** Somebody who holds nothing yet. `expel` is called when they have to go, for others to have room; what they held is given back already. */
  enter(network: string, expel: () => void): Guest;
}

export interface Guest {
  /** Takes so much more. False when this one holds too much itself, and nobody else has to go for it. */
  take(amount: number): boolean;
  /** What it holds is in use: it is not expelled any more. */
  stay(): void;
  /** Gives all of it back. May be called again. */
  leave(): void;
}

interface Inside {
  network: string;
  held: number;
  stays: boolean;
  expel(): void;
}

/** For so much in all, in bytes or whatever is counted. */
export function createRoom(most: number): Room {
  /** The oldest first. */
  const inside = new Set<Inside>();
  let all = 0;

  function remove(one: Inside): void {
    if (inside.delete(one)) all -= one.held;
  }

  /** Of the network that holds most the one that holds most, and of several the oldest. */
  function whoGoes(): Inside | undefined {
    const ofNetworks = new Map<string, number>();
    for (const { network, held } of inside) ofNetworks.set(network, (ofNetworks.get(network) ?? 0) + held);
    const ofNetwork = ({ network }: Inside): number => ofNetworks.get(network) ?? 0;
    let found: Inside | undefined;
    for (const one of inside) {
      if (one.stays) continue;
      const more = found === undefined ? 1 : ofNetwork(one) - ofNetwork(found);
      if (found === undefined || more > 0 || (more === 0 && one.held > found.held)) found = one;
    }
    return found;
  }

  return {
    enter(network, expel) {
      const me: Inside = { network, held: 0, stays: false, expel };
      inside.add(me);
      return {
        take(amount) {
          if (!inside.has(me)) return false;
          me.held += amount;
          all += amount;
          while (all > most) {
            const one = whoGoes();
            if (one === undefined || one === me) {
              me.held -= amount;
              all -= amount;
              return false;
            }
            remove(one);
            one.expel();
          }
          return true;
        },
        stay() {
          me.stays = true;
        },
        leave: () => remove(me),
      };
    },
  };
}
