// The real OVH, when somebody gives keys of a Public Cloud project that may be charged a few cents: one box, and nothing left of it.
import { describe, test } from 'vitest';
import { createOvh } from '../../src/providers/ovh/ovh.ts';
import { secret } from '../../src/secret.ts';
import { makeHostKey } from '../contracts/provider-spec.ts';
import { LONGEST_MS, tryLiveBox } from './live-box.ts';

const {
  SHELLBOX_LIVE_OVH_APPLICATION_KEY: applicationKey = '',
  SHELLBOX_LIVE_OVH_APPLICATION_SECRET: applicationSecret = '',
  SHELLBOX_LIVE_OVH_CONSUMER_KEY: consumerKey = '',
  SHELLBOX_LIVE_OVH_PROJECT: project = '',
  SHELLBOX_LIVE_OVH_API_URL: apiUrl,
  SHELLBOX_LIVE_SSH_PORT: sshPort,
  SHELLBOX_LIVE_MOST_COST: mostCost,
} = process.env;

describe.skipIf([applicationKey, applicationSecret, consumerKey, project].includes(''))(
  'the real OVH (needs SHELLBOX_LIVE_OVH_APPLICATION_KEY, …_APPLICATION_SECRET, …_CONSUMER_KEY and …_PROJECT)',
  { timeout: LONGEST_MS },
  () => {
    test('makes a box that lets its person in, keeps its home as a snapshot, and has nothing left in the end', async () => {
      const keys = {
        applicationKey,
        applicationSecret: secret(applicationSecret),
        consumerKey: secret(consumerKey),
      };
      await tryLiveBox({
        cloud: createOvh({ keys, project, apiUrl }),
        key: makeHostKey(),
        sshPort: sshPort === undefined ? undefined : Number(sshPort),
        mostCost: mostCost === undefined ? undefined : Number(mostCost),
      });
    });
  },
);
