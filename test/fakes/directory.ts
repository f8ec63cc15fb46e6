// A directory in memory: keys, the boxes they open, and boxes that can be woken.
import type { Directory, GatewayBox, KeyView, WakeResult } from '../../src/bots/ssh/directory.ts';
import type { ProgressLine } from '../../src/threads/reply.ts';

export interface FakeDirectory extends Directory {
  /** Fingerprint → what it may do. */
  readonly keys: Map<string, { account: KeyView['account']; boxIds: readonly string[] }>;
  readonly boxes: Map<string, GatewayBox>;
  /** Account → texts that could not be delivered, which are their own ids. */
  readonly kept: Map<string, string[]>;
  /** Ids of messages that were noted as shown. */
  readonly shown: string[];
  readonly openings: { boxId: string; fingerprint: string }[];
  /** Keys, each time one was looked up. */
  readonly lookedUp: string[];
  readonly uses: { boxId: string; at: Date }[];
  /** Replaced by tests that want something else than a quick start. */
  waking: (box: GatewayBox, onLine: (line: ProgressLine) => void, signal: AbortSignal) => Promise<WakeResult>;
}

export function createFakeDirectory(): FakeDirectory {
  const directory: FakeDirectory = {
    keys: new Map(),
    boxes: new Map(),
    uses: [],
    kept: new Map(),
    shown: [],
    openings: [],
    lookedUp: [],
    waking: async (box, onLine) => {
      onLine({ label: 'box started', state: 'done', tookMs: 100 });
      const running: GatewayBox = { ...box, state: 'running' };
      directory.boxes.set(box.id, running);
      return { kind: 'running', box: running };
    },
    async lookUp(fingerprint) {
      directory.lookedUp.push(fingerprint);
      const known = directory.keys.get(fingerprint);
      const boxes = (known?.boxIds ?? []).flatMap((id) => directory.boxes.get(id) ?? []);
      return { account: known?.account, boxes };
    },
    async box(boxId) {
      return directory.boxes.get(boxId);
    },
    async wake(boxId, _fingerprint, onLine, signal) {
      const box = directory.boxes.get(boxId);
      return box === undefined ? { kind: 'refused', text: 'That box is gone.' } : directory.waking(box, onLine, signal);
    },
    async opened(boxId, fingerprint) {
      directory.openings.push({ boxId, fingerprint });
    },
    async used(boxId, at) {
      directory.uses.push({ boxId, at });
    },
    async undelivered(accountId) {
      return (directory.kept.get(accountId) ?? []).map((text) => ({ id: text, text }));
    },
    async noteShown(messageIds) {
      directory.shown.push(...messageIds);
      for (const [accountId, texts] of directory.kept)
        directory.kept.set(
          accountId,
          texts.filter((text) => !messageIds.includes(text)),
        );
    },
  };
  return directory;
}
