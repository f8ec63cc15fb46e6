// In which order a lane's messages go out: people take turns, and what is in one thread stays in its order.

interface Waiting {
  /** Rises with age: the lowest was written first. */
  id: string;
  /** Who is answered; messages that answer nobody known stand for their thread. */
  accountId: string | null;
  thread: { id: string };
}

export interface Turns {
  /** The messages, which come in the order of their ids, in the order in which they are to be sent. */
  inTurn<M extends Waiting>(messages: readonly M[]): M[];
  /** This one's turn is over: others come before its person's next. */
  served(message: Waiting): void;
}

/** For one lane. */
export function createTurns(): Turns {
  /** Who was served when, counted in messages. */
  const last = new Map<string, number>();
  let count = 0;

  return {
    inTurn<M extends Waiting>(messages: readonly M[]): M[] {
      const people = Map.groupBy(messages, personOf);
      const threads = Map.groupBy(messages, ({ thread }) => thread.id);
      const served = new Map(last);
      const ordered: M[] = [];
      while (ordered.length < messages.length) {
        // Whoever was served longest ago, among those whose next message is the next of its thread too; the oldest of all always is.
        const heads = [...people].flatMap(([person, [head]]) =>
          head !== undefined && threads.get(head.thread.id)?.[0] === head
            ? [{ person, head, at: served.get(person) ?? 0 }]
            : [],
        );
        const [next] = heads.sort((one, other) => one.at - other.at || (one.head.id < other.head.id ? -1 : 1));
        if (next === undefined) break;
        people.get(next.person)?.shift();
        threads.get(next.head.thread.id)?.shift();
        ordered.push(next.head);
        served.set(next.person, count + ordered.length);
      }
      return ordered;
    },
    served(message) {
      count += 1;
      last.set(personOf(message), count);
    },
  };
}

const personOf = ({ accountId, thread }: Waiting): string => accountId ?? thread.id;
