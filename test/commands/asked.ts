// Runs a command that needs no database, and gives its answer as lines, the way a terminal would show them.
import type { Account } from '../../src/accounts/account.ts';
import { DEFAULT_SIZES, DEFAULT_TIERS } from '../../src/boxes/sizes.ts';
import type { Command } from '../../src/commands/command.ts';
import type { CommandContext, House } from '../../src/commands/context.ts';
import type { Block, Reply } from '../../src/threads/reply.ts';

export async function ask(command: Command, args: Record<string, string>, account?: Partial<Account>): Promise<Reply> {
  const house = {
    version: '1.2.3',
    sizes: DEFAULT_SIZES,
    tiers: DEFAULT_TIERS,
    providers: [] as House['providers'],
  } as House;
  const context = { house, account: account as Account | undefined } as CommandContext;
  const result = await command.run(context, args);
  if (result.kind !== 'reply') throw new Error('an answer at once was expected');
  return result.reply;
}

export function lines(reply: Reply): string[] {
  return reply.blocks.flatMap(linesOf);
}

function linesOf(block: Block): string[] {
  switch (block.kind) {
    case 'text':
    case 'code':
      return block.text.split('\n');
    case 'command':
      return [`  ${block.command}`];
    case 'table': {
      const rows = [block.head, ...block.rows];
      const widths = block.head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
      return rows.map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      );
    }
    default:
      return [];
  }
}
