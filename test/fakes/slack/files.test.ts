// Uploads by Slack's own client, and what people see of them.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeSlack, openSlack } from './slack.ts';
import { clientOf, outcomeOf } from './web-client.ts';

let slack: FakeSlack;
beforeEach(async () => {
  slack = await openSlack({ now: () => Date.UTC(2026, 10, 21, 14, 2) });
});
afterEach(() => slack.close());

it('shares an uploaded file in a thread', async () => {
  const { id: channel } = slack.addChannel('dev');
  const client = clientOf(slack);
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'root' });
  await client.files.uploadV2({
    channel_id: channel,
    thread_ts: ts,
    filename: 'mybox.log',
    content: 'line 1\nline 2 ✓\n',
    initial_comment: 'The log:',
  });
  expect(slack.transcript(channel)).toContain(`└ 14:02 Shellbox  The log:
                  [file mybox.log, 18 bytes]`);
});

it('refuses what was not uploaded, and files without content', async () => {
  const { id: channel_id } = slack.addChannel('dev');
  const client = clientOf(slack);
  const empty = client.files.getUploadURLExternal({ filename: 'x', length: 0 });
  expect(await outcomeOf(empty)).toBe('invalid_arguments');
  const { file_id = '' } = await client.files.getUploadURLExternal({ filename: 'x', length: 3 });
  const share = client.files.completeUploadExternal({ files: [{ id: file_id }], channel_id });
  expect(await outcomeOf(share)).toBe('file_not_found');
  expect(slack.messages(channel_id)).toHaveLength(0);
});
