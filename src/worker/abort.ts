// Tells an error that our own abort caused from one that came by itself.

/** After an abort, whatever the interrupted call threw, the reason of the abort is what happened. */
export function sealAborted(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : error;
}
