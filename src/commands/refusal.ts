// A command that will not be done: thrown inside its transaction, so that nothing of it stays, and told to the asker alone.
import type { Reply } from '../threads/reply.ts';

export class Refusal extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super('refused');
    this.name = 'Refusal';
    this.reply = reply;
  }
}

/** What the transaction read has changed under it; the whole command is run again. */
export class ReadAgain extends Error {
  constructor() {
    super('read again');
    this.name = 'ReadAgain';
  }
}
