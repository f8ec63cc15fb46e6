// Modals and home tabs, as a real Bolt app opens them and people use them.
import type { App } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type BoltApp, startBoltApp } from './bolt-app.ts';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf, outcomeOf } from './web-client.ts';

let slack: FakeSlack;
let bolt: BoltApp | undefined;
// Bolt compares a request’s time with the real clock.
let nowMs = Date.now();

async function start(prepare: (app: App) => void) {
  slack = await openSlack({ now: () => nowMs });
  bolt = await startBoltApp(slack, prepare);
  const ana = slack.user('ana');
  slack.addChannel('dev');
  return ana;
}
afterEach(async () => {
  await slack.idle();
  await bolt?.close();
  bolt = undefined;
  await slack.close();
});

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const modal = {
  type: 'modal' as const,
  title: plain('Add a key'),
  submit: plain('Add'),
  callback_id: 'keys',
  private_metadata: 'row-1',
  blocks: [
    {
      type: 'input' as const,
      block_id: 'key',
      label: plain('Public key'),
      element: { type: 'plain_text_input' as const, action_id: 'text', min_length: 3 },
    },
  ],
};
const askForKey = (app: App) => {
  app.command('/shellbox', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: modal });
  });
};

describe('modals', () => {
  it('are opened for a trigger, filled in, and closed by the acknowledgement', async () => {
    const submitted: unknown[] = [];
    const ana = await start((app) => {
      askForKey(app);
      app.view('keys', async ({ ack, view }) => {
        submitted.push(view.state.values, view.private_metadata);
        await ack();
      });
    });
    ana.types('/shellbox keys add', { channel: '#dev' });
    await eventually('the modal', () => ana.modal() !== undefined);
    expect(ana.modal()).toBe('== Add a key ==\nPublic key: ‹›\n[Cancel] [Add]');
    await ana.submits({ 'Public key': 'ssh-ed25519 AAAA' }).acknowledged();
    expect(submitted).toMatchObject([{ key: { text: { value: 'ssh-ed25519 AAAA' } } }, 'row-1']);
    expect(ana.modal()).toBeUndefined();
  });

  it('stay open and show what was wrong', async () => {
    const ana = await start((app) => {
      askForKey(app);
      app.view('keys', async ({ ack }) => await ack({ response_action: 'errors', errors: { key: 'is no key' } }));
    });
    ana.types('/shellbox keys add', { channel: '#dev' });
    await eventually('the modal', () => ana.modal() !== undefined);
    const act = ana.submits({ 'Public key': 'nonsense' });
    await act.acknowledged();
    expect(act.shown(ana.id)).toContain('Public key: is no key');
    expect(ana.modal()).toContain('Add a key');
  });

  it('are closed without a word unless they asked to hear of it', async () => {
    const closed: string[] = [];
    const ana = await start((app) => {
      app.command('/shellbox', async ({ ack, body, client }) => {
        await ack();
        const notify_on_close = body.text === 'tell';
        await client.views.open({ trigger_id: body.trigger_id, view: { ...modal, notify_on_close } });
      });
      app.view({ callback_id: 'keys', type: 'view_closed' }, async ({ ack, view }) => {
        closed.push(view.callback_id);
        await ack();
      });
    });
    for (const text of ['tell', 'quiet']) {
      ana.types(`/shellbox ${text}`, { channel: '#dev' });
      await eventually('the modal', () => ana.modal() !== undefined);
      await ana.closesModal().acknowledged();
    }
    expect(closed).toEqual(['keys']);
  });

  it('cannot be submitted without what they ask for', async () => {
    const ana = await start(askForKey);
    ana.types('/shellbox keys add', { channel: '#dev' });
    await eventually('the modal', () => ana.modal() !== undefined);
    expect(() => ana.submits({})).toThrow('"Public key" is empty');
    expect(() => ana.submits({ 'Public key': 'ab' })).toThrow('has 2 characters');
    expect(() => ana.submits({ Key: 'abc' })).toThrow('No input "Key"');
  });

  it('need a trigger that is known, fresh and unused', async () => {
    const triggers: string[] = [];
    const ana = await start((app) => {
      app.command('/shellbox', async ({ ack, body }) => {
        triggers.push(body.trigger_id);
        await ack();
      });
    });
    await ana.types('/shellbox a', { channel: '#dev' }).acknowledged();
    await ana.types('/shellbox b', { channel: '#dev' }).acknowledged();
    const client = clientOf(slack);
    const open = (trigger_id = 'x') => outcomeOf(client.views.open({ trigger_id, view: modal }));
    expect([await open(), await open(triggers[0]), await open(triggers[0])]).toEqual([
      'invalid_trigger_id',
      'ok',
      'exchanged_trigger_id',
    ]);
    nowMs += 3_001;
    expect(await open(triggers[1])).toBe('expired_trigger_id');
  });
});

describe('home tabs', () => {
  it('are published for a person, who opens them and presses what is there', async () => {
    const pressed: unknown[] = [];
    const ana = await start((app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        const elements = [{ type: 'button' as const, text: plain('Start mybox'), value: 'mybox', action_id: 'start' }];
        await client.views.publish({
          user_id: event.user,
          view: {
            type: 'home',
            blocks: [
              { type: 'header', text: plain('Your boxes') },
              { type: 'actions', elements },
            ],
          },
        });
      });
      app.action('start', async ({ ack, body }) => {
        pressed.push(body);
        await ack();
      });
    });
    expect(ana.home()).toBeUndefined();
    const act = ana.opensHome();
    await eventually('the tab', () => ana.home() !== undefined);
    expect(act.shown(ana.id)).toBe('Your boxes\n[Start mybox]');
    await ana.clicks('home', 'Start mybox').acknowledged();
    expect(pressed).toMatchObject([{ container: { type: 'view' }, actions: [{ value: 'mybox' }] }]);
    expect(pressed[0]).not.toHaveProperty('response_url');
  });

  it('are refused when they are out of date or not a home tab', async () => {
    const ana = await start(() => {});
    const client = clientOf(slack);
    const view = { type: 'home' as const, blocks: [] };
    const { view: first } = await client.views.publish({ user_id: ana.id, view });
    const publish = (hash: string) => outcomeOf(client.views.publish({ user_id: ana.id, view, hash }));
    expect([await publish(first?.hash ?? ''), await publish(first?.hash ?? '')]).toEqual(['ok', 'hash_conflict']);
    const ben = slack.user('ben');
    const wrong = client.apiCall('views.publish', { user_id: ben.id, view: modal });
    expect(await outcomeOf(wrong)).toBe('invalid_arguments');
  });
});
