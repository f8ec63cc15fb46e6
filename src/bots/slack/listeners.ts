// What the app listens to: each thing that comes is written down once, acknowledged, and then worked on.
import type { App } from '@slack/bolt';
import { ShellboxError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Arrival, Intake } from '../../threads/arrival.ts';
import type { ChatHouse } from '../chat-house.ts';
import { within } from '../within.ts';
import type { SlackApi } from './api.ts';
import {
  clickArrival,
  clickedPlace,
  commandArrival,
  type Installed,
  isSpoken,
  messageArrival,
  submittedArrival,
} from './arrivals.ts';
import { homeView } from './home.ts';
import { DIALOG, modalOf, submitted } from './modal.ts';
import {
  buttonSchema,
  clickSchema,
  commandSchema,
  homeOpenedSchema,
  messageSchema,
  submissionSchema,
} from './payloads.ts';
import type { People } from './people.ts';
import { isDirect, type Place } from './place.ts';

export interface ListenerOptions {
  app: App;
  api: SlackApi;
  intake: Intake;
  house: ChatHouse;
  installed: Installed;
  people: People;
  /** Keeps what goes on after the acknowledgement, so that the end can wait for it. */
  afterwards: (work: Promise<unknown>) => void;
  logger: Logger;
}

/** Slack waits 3 s for the acknowledgement, which comes after both. */
const ACCEPT_MS = 2_000;
const OPEN_MS = 800;

export function addListeners(options: ListenerOptions): void {
  const { app, api, intake, house, installed, people, afterwards, logger } = options;

  /**
   * Rejects when it could not be written down; then nothing is acknowledged. The receiver acknowledges when a listener has ended.
   * `zone` was asked for when the event came, so that it takes no time of its own beside a dialog.
   */
  async function take(arrival: Arrival, zone: Promise<string | undefined>): Promise<void> {
    const timeZone = await zone;
    const speaker = timeZone === undefined ? arrival.speaker : { ...arrival.speaker, timeZone };
    const { delivery, duplicate } = await within(ACCEPT_MS, intake.accept({ ...arrival, speaker }));
    if (!duplicate) afterwards(intake.work(delivery));
  }

  /** True when the line wanted a dialog and the person has it before them. */
  async function asked(line: string, trigger: string, place: Place): Promise<boolean> {
    const dialog = line.includes('\n') ? undefined : house.forms.dialogFor(line);
    if (dialog === undefined) return false;
    try {
      const view = modalOf(dialog, place);
      await api.call('views.open', { trigger_id: trigger, view }, AbortSignal.timeout(OPEN_MS));
      return true;
    } catch (error) {
      logger.warn({ door: 'slack', error }, 'A dialog could not be opened; the command is taken as it is');
      return false;
    }
  }

  async function showHome(user: string): Promise<void> {
    const boxes = await house.boxesOf({ door: 'slack', tenant: installed.teamId, subject: user });
    await api.call('views.publish', { user_id: user, view: homeView(boxes) });
  }

  app.command(/.*/, async ({ body }) => {
    const command = commandSchema.parse(body);
    people.note(command.user_id, command.user_name);
    const zone = people.timeZoneOf(command.user_id);
    const arrival = commandArrival(command, installed);
    if (await asked(arrival.text, command.trigger_id, { channel: command.channel_id })) return;
    await take(arrival, zone);
  });

  for (const name of ['app_mention', 'message'] as const)
    app.event(name, async ({ event, body }) => {
      const message = messageSchema.parse(event);
      const { user } = message;
      if (user === undefined || !isSpoken(message, installed)) return;
      // In channels only what mentions us is for us, and that comes as a mention.
      if (name === 'message' && !isDirect(message)) return;
      const zone = people.timeZoneOf(user);
      const about = { team: body.team_id, name: await people.nameOf(user) };
      await take(messageArrival({ ...message, user }, about, installed), zone);
    });

  app.event('app_home_opened', async ({ event }) => {
    const { user, tab } = homeOpenedSchema.parse(event);
    if (tab === undefined || tab === 'home') afterwards(showHome(user));
  });

  app.action(/.*/, async ({ body, action }) => {
    const click = clickSchema.parse(body);
    const button = buttonSchema.safeParse(action);
    if (!button.success) return;
    const { value } = button.data;
    const zone = people.timeZoneOf(click.user.id);
    if (await asked(value, click.trigger_id, clickedPlace(click))) return;
    await take(clickArrival(click, value, installed), zone);
    if (click.container.type === 'view') afterwards(showHome(click.user.id));
  });

  app.view(DIALOG, async ({ body }) => {
    const submission = submissionSchema.parse(body);
    const filled = submitted(submission.view);
    if (filled === undefined) throw new ShellboxError('malformed', 'A dialog of ours came back changed.');
    const line = house.forms.write(filled.command, filled.values);
    const zone = people.timeZoneOf(submission.user.id);
    await take(submittedArrival(submission, line, filled.place, installed), zone);
  });
}
