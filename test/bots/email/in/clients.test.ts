// Who is connected to the SMTP listener.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Clients, createClients, isAmong } from '../../../../src/bots/email/in/clients.ts';

const [STRANGER, RELAY] = ['192.0.2.1', '192.0.2.25'];
const LIMITS = { mostOfOne: 10, mostBytes: 1_000, connectionMs: 600_000, idleMs: 30_000 };
let ended: string[];
let clients: Clients;
beforeEach(() => {
  vi.useFakeTimers();
  ended = [];
  clients = createClients(isAmong([RELAY]), LIMITS, (id) => ended.push(id));
});
afterEach(() => vi.useRealTimers());

describe('a connection', () => {
  test('of a stranger ends soon without a mail, a relay’s does not, and no mail is cut off for it', async () => {
    clients.enter('idle', STRANGER);
    clients.enter('busy', STRANGER);
    clients.enter('relay', RELAY);
    const mail = Promise.withResolvers<void>();
    const taken = clients.during('busy', () => mail.promise);
    vi.advanceTimersByTime(300_000);
    expect(ended).toEqual(['idle']);
    mail.resolve();
    await taken;
    vi.advanceTimersByTime(30_000);
    expect(ended).toEqual(['idle', 'busy']);
    for (const id of ended) clients.leave(id);
    vi.advanceTimersByTime(600_000);
    expect(ended).toEqual(['idle', 'busy', 'relay']);
  });

  test('that is gone is ended no more, though its mail is still being taken', async () => {
    clients.enter('gone', STRANGER);
    const mail = Promise.withResolvers<void>();
    const taken = clients.during('gone', () => mail.promise);
    clients.leave('gone');
    mail.resolve();
    await taken;
    vi.advanceTimersByTime(600_000);
    expect([ended, clients.of('gone')]).toEqual([[], undefined]);
  });

  test('is the one it was first, whoever a relay speaks for', () => {
    clients.enter('relay', RELAY);
    expect([clients.enter('relay', STRANGER), clients.of('relay')?.isRelay]).toEqual([true, true]);
  });
});

test.each([
  ['192.0.2.25', '192.0.2.25', true],
  ['192.0.2.25', '::ffff:192.0.2.25', true],
  ['2001:DB8::1', '2001:db8:0:0:0:0:0:1', true],
  ['192.0.2.25', '192.0.2.26', false],
  ['192.0.2.25', '', false],
])('whether %s trusts %s: %s', (trusted, address, isTrusted) => {
  expect(isAmong([trusted])(address)).toBe(isTrusted);
});
