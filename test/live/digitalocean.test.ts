// The real DigitalOcean, when somebody gives a token, of an account that may be charged a few cents: one box, and nothing left of it.
import { describe, test } from 'vitest';
import { createDigitalOcean } from '../../src/providers/digitalocean/digitalocean.ts';
import { secret } from '../../src/secret.ts';
import { makeHostKey } from '../contracts/provider-spec.ts';
import { LIVE_INSTALL, LONGEST_MS, tryLiveBox } from './live-box.ts';

const {
  SHELLBOX_LIVE_DIGITALOCEAN_TOKEN: token = '',
  SHELLBOX_LIVE_DIGITALOCEAN_API_URL: apiUrl,
  SHELLBOX_LIVE_SSH_PORT: sshPort,
  SHELLBOX_LIVE_MOST_COST: mostCost,
} = process.env;

describe.skipIf(token === '')(
  'the real DigitalOcean (needs SHELLBOX_LIVE_DIGITALOCEAN_TOKEN)',
  { timeout: LONGEST_MS },
  () => {
    test('makes a box that lets its person in, keeps its home as a snapshot, and has nothing left in the end', async () => {
      const key = makeHostKey();
      const options = { installId: LIVE_INSTALL, controlKey: key.publicKey, whenStopped: 'keep', apiUrl } as const;
      await tryLiveBox({
        cloud: createDigitalOcean({ ...options, token: secret(token) }),
        key,
        sshPort: sshPort === undefined ? undefined : Number(sshPort),
        mostCost: mostCost === undefined ? undefined : Number(mostCost),
      });
    });
  },
);
