// Reads what the engine streams while it pulls, imports or builds: JSON lines, of which one may be the failure.

/** The engine's own words for a failure, and the output before it; for the log. */
class EngineStreamError extends Error {
  constructor(message: string, output: readonly string[]) {
    super(`${message}\n${output.join('')}`);
    this.name = 'EngineStreamError';
  }
}

const KEPT_LINES = 40;

function field(event: unknown, name: string): string | undefined {
  const value = typeof event === 'object' && event !== null ? Reflect.get(event, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Waits for the stream's end. Throws EngineStreamError when the engine reports a failure in it. */
export async function drainEngineEvents(stream: NodeJS.ReadableStream): Promise<void> {
  const output: string[] = [];
  let rest = '';
  let failure: string | undefined;
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const event: unknown = JSON.parse(line);
      failure ??= field(event, 'error');
      const text = field(event, 'stream');
      if (text !== undefined && output.push(text) > KEPT_LINES) output.shift();
    }
  }
  if (failure !== undefined) throw new EngineStreamError(failure, output);
}
