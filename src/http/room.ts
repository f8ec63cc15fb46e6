// Room for bodies that are on their way: so many bytes in all, and from one address at most half of them, so that nobody takes all of it.
export interface Room {
  /** Takes room for a body of that length; the function gives it back. Undefined when there is none left. */
  take(address: string, bytes: number): (() => void) | undefined;
}

export function createRoom(mostBytes: number): Room {
  const byAddress = new Map<string, number>();
  let all = 0;

  function add(address: string, bytes: number): void {
    all += bytes;
    const now = (byAddress.get(address) ?? 0) + bytes;
    if (now <= 0) byAddress.delete(address);
    else byAddress.set(address, now);
  }

  return {
    take(address, bytes) {
      const own = (byAddress.get(address) ?? 0) + bytes;
      if (all + bytes > mostBytes || own > mostBytes / 2) return undefined;
      add(address, bytes);
      let given = false;
      return () => {
        if (!given) add(address, -bytes);
        given = true;
      };
    },
  };
}
