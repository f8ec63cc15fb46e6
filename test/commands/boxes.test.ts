// The commands about boxes, as somebody types them: what they answer, and what stands in the cloud and the database afterwards.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestHouse, type TestHouse } from '../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openTestHouse({ traits: { maximumCpus: 3 } });
});
afterAll(() => house.close());

const stateOf = async (name: string) =>
  (await house.sql<{ state: string }>('SELECT state FROM boxes WHERE name = $1', [name]))[0]?.state;
const instancesOf = async (name: string) => {
  const [box] = await house.sql<{ id: string }>('SELECT id FROM boxes WHERE name = $1', [name]);
  return house.cloud.ledger.instances().filter((instance) => instance.boxId === box?.id);
};

describe('spinup', () => {
  test('ends with a line to paste, the fingerprint and the known_hosts line of the key the box has', async () => {
    const answer = await house.say('ana', 'spinup ana-box');
    const [box] = await house.sql<{ port: number; key: string }>(
      `SELECT ssh_port AS port, host_public_key AS key FROM boxes WHERE name = 'ana-box'`,
    );
    expect(answer).toContain('ana-box is ready');
    expect(answer.split('\n')).toContain(`ssh -p ${box?.port} dev@127.0.0.1`);
    expect(answer.split('\n')).toContain(`[127.0.0.1]:${box?.port} ${box?.key}`);
    expect(answer).toMatch(/Host key SHA256:[A-Za-z0-9+/]{43} /);
    expect((await instancesOf('ana-box')).map((instance) => instance.power.at(-1)?.running)).toEqual([true]);
  });

  test('without a name makes a box with a free one', async () => {
    const answer = await house.say('noah', 'spinup');
    const boxes = await house.sql<{ name: string }>(
      `SELECT b.name FROM boxes b JOIN accounts a ON a.id = b.account_id WHERE a.name = 'noah'`,
    );
    expect(boxes).toHaveLength(1);
    expect(answer).toContain(`${boxes[0]?.name} is ready`);
  });

  test('shows its steps in one message that is edited', async () => {
    const { thread, answer } = await house.ask('pia', 'spinup pia-box');
    await answer;
    const progress = house.chat.messages(thread).filter((message) => message.kind === 'progress');
    expect(progress).toHaveLength(1);
    expect(progress[0]?.text.split('\n')).toEqual([
      'done home volume, 10 GiB',
      'done box started',
      'done SSH answers, host key checked',
    ]);
  });

  test('of a box that is there already is refused, and says what to type', async () => {
    await house.say('ray', 'spinup ray-box');
    expect(await house.say('ray', 'spinup ray-box')).toMatch(/you have it already[\s\S]*info ray-box/);
    await house.say('ray', 'stop ray-box');
    expect(await house.say('ray', 'spinup ray-box')).toMatch(/you have it already[\s\S]*start ray-box/);
  });

  test('beyond the tier is refused by number and by size, and makes nothing', async () => {
    await house.say('quin', 'spinup quin-box');
    await house.say('quin', 'stop quin-box');
    const refused = await house.say('quin', 'spinup other-box');
    expect(refused).toMatch(/1 of 1 free box is used/);
    expect(refused).toContain('destroy quin-box');
    expect(await house.say('rob', 'spinup rob-box --size large')).toMatch(/more than a free account may have/);
    expect(await house.say('rob', 'spinup rob-box --memory 5g')).toMatch(/more than a free account may have/);
    expect(await stateOf('other-box')).toBeUndefined();
    expect(await stateOf('rob-box')).toBeUndefined();
  });

  test('beyond the tier names the boxes that use it up, and invents no name for the one that is not made', async () => {
    await house.say('vic', 'spinup vic-box');
    const refused = await house.say('vic', 'spinup');
    expect(refused).toContain('Another box was not started: 1 of 1 free box is used');
    expect(refused).toContain('vic-box · running');
    expect(refused).not.toMatch(/[a-z]+-[a-z]+-\d\d/);
  });

  test('gives a box no more vCPUs than the host has, and says so', async () => {
    await house.say('uma', 'list');
    await house.sql(`UPDATE accounts SET tier = 'pro' WHERE name = 'uma'`);
    const { thread, answer } = await house.ask('uma', 'spinup uma-box --size medium');
    expect(await answer).toContain('3 vCPU · 8 GiB memory · 50 GiB home');
    const notices = house.chat.messages(thread).filter((message) => message.kind === 'notice');
    expect(notices.map((notice) => notice.text).join()).toContain('uma-box gets 3 instead of 4');
  });

  test('on a provider that is not there names those that are, with the line to type', async () => {
    const said = await house.say('ivy', 'spinup ivy-box --provider mars --idle 4h');
    expect(said).toContain('spinup ivy-box --provider seeded --idle 4h');
  });

  test('that fails says why and what to type; start tries again, and destroy gives it up', async () => {
    house.cloud.failNext('create', 'sold_out');
    const failed = await house.say('fay', 'spinup fay-box');
    expect(failed).toContain('fay-box could not be made');
    expect(failed).toContain('start fay-box');
    expect(failed).toContain('destroy fay-box');
    expect(await stateOf('fay-box')).toBe('error');
    expect(await house.say('fay', 'info fay-box')).toContain('error');
    expect(await house.say('fay', 'start fay-box')).toContain('fay-box is running');
    expect(await instancesOf('fay-box')).toHaveLength(1);

    house.cloud.failNext('create', 'quota');
    await house.say('finn', 'spinup finn-box');
    expect(await house.say('finn', 'destroy finn-box --yes')).toContain('finn-box is destroyed');
    expect(await instancesOf('finn-box')).toEqual([]);
  });

  test('that was given up is told in words for people', async () => {
    house.cloud.failNext('create', 'unavailable', 3);
    await house.say('gil', 'spinup gil-box');
    const logs = await house.say('gil', 'logs gil-box');
    expect(logs).toContain('spinup, failed, and given up after several tries,');
    expect(logs).not.toMatch(/\bdead\b/);
  });

  test('whose provider is briefly unavailable is tried again by itself', async () => {
    house.cloud.failNext('create', 'unavailable', 2);
    expect(await house.say('gus', 'spinup gus-box')).toContain('gus-box is ready');
    expect(await instancesOf('gus-box')).toHaveLength(1);
  });
});

describe('stop and start', () => {
  test('stop keeps the home, start brings the same box back with the same key', async () => {
    const made = await house.say('bea', 'spinup bea-box');
    const [instance] = await instancesOf('bea-box');
    const box = { installId: 'faultlab', boxId: instance?.boxId ?? '', incarnation: 1, instanceName: '' };
    house.cloud.writeHome(box, 'a letter');
    expect(await house.say('bea', 'stop bea-box')).toMatch(/bea-box is stopped; it ran .* Kept: home/);
    expect((await instancesOf('bea-box')).map((one) => one.power.at(-1)?.running)).toEqual([false]);
    expect(await house.say('bea', 'connect bea-box')).toContain('start bea-box');

    const started = await house.say('bea', 'start bea-box');
    expect(started.split('\n')[1]).toBe(made.split('\n')[1]);
    expect(started.match(/SHA256:\S+/)?.[0]).toBe(made.match(/SHA256:\S+/)?.[0]);
    expect(house.cloud.readHome(box)).toBe('a letter');
  });

  test('stop of a stopped box and start of a running one say so and ask the provider nothing', async () => {
    await house.say('cleo', 'spinup cleo-box');
    const calls = () => house.cloud.ledger.history().filter((event) => event.call?.verb === 'start').length;
    const before = calls();
    expect(await house.say('cleo', 'start cleo-box')).toMatch(/running already[\s\S]*ssh -p/);
    expect(calls()).toBe(before);
    await house.say('cleo', 'stop cleo-box');
    expect(await house.say('cleo', 'stop cleo-box')).toMatch(/stopped already[\s\S]*start cleo-box/);
  });
});

describe('a box that is not there', () => {
  test("is answered with the nearest of one's own, and nothing of other people's", async () => {
    await house.say('wim', 'spinup wim-box');
    await house.say('xia', 'list');
    for (const line of ['info wim-bxo', 'stop wim-bxo', 'destroy wim-bxo --yes'])
      expect(await house.say('wim', line)).toContain('No box "wim-bxo". Did you mean wim-box? You have: wim-box.');
    expect(await house.say('wim', 'info elsewhere')).toContain('No box "elsewhere". You have: wim-box.');
    expect(await house.say('xia', 'info wim-bxo')).not.toContain('wim-box');
    expect(await stateOf('wim-box')).toBe('running');
  });
});

describe('looking', () => {
  test('list, info, logs, connect and ssh-config tell of the box', async () => {
    await house.say('dora', 'spinup dora-box');
    const [box] = await house.sql<{ port: number; key: string }>(
      `SELECT ssh_port AS port, host_public_key AS key FROM boxes WHERE name = 'dora-box'`,
    );
    expect(await house.say('dora', 'list')).toMatch(/● dora-box running .* 2 vCPU, 4 GiB/);
    expect(await house.say('dora', 'info dora-box')).toMatch(/dora-box · running[\s\S]*small: 2 vCPU · 4 GiB/);
    expect(await house.say('dora', 'logs dora-box')).toMatch(
      /spinup, succeeded[\s\S]*✓ home volume[\s\S]*✓ box started/,
    );
    expect(await house.say('dora', 'connect dora-box')).toContain(`ssh -p ${box?.port} dev@127.0.0.1`);
    const config = await house.say('dora', 'ssh-config');
    expect(config).toMatch(/Host dora-box\n[\s\S]*ProxyJump shellbox/);
    expect(config).toContain(box?.key);
    expect(config).not.toMatch(/StrictHostKeyChecking no/);
  });

  test('nobody without boxes is left without the next line to type', async () => {
    expect(await house.say('ed', 'list')).toContain('spinup mybox');
    expect(await house.say('ed', 'ssh-config')).toContain('spinup mybox');
    expect(await house.say('ed', 'keys')).toContain('keys add');
    expect(await house.say('ed', 'stop')).toContain('spinup mybox');
  });

  test('whoami names the account and the identity in the form that SHELLBOX_ADMINS takes', async () => {
    const answer = await house.say('flo', 'whoami');
    expect(answer).toContain('chat:team:flo');
    await house.say('flo', 'list');
    expect(await house.say('flo', 'whoami')).toMatch(/flo · free · UTC[\s\S]*chat:team:flo/);
  });

  test('who only asks for help or whoami is not signed up', async () => {
    for (const line of ['help', 'whoami', 'version']) await house.say('hal', line);
    expect(await house.sql(`SELECT 1 FROM accounts WHERE name = 'hal'`)).toEqual([]);
  });

  test('a thread is its box: the name may be left out there, and nowhere else', async () => {
    const { thread, answer } = await house.ask('jan', 'spinup jan-box');
    await answer;
    expect(await house.say('jan', 'info', { thread })).toContain('jan-box · running');
    expect(await house.say('jan', 'stop', { thread })).toContain('jan-box is stopped');
    expect(await house.say('jan', 'start')).toMatch(/Which box[\s\S]*start jan-box/);
  });
});

describe('keys', () => {
  const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICMs/+8DDn+JIikb95UAcfvasurHuN5H4GnDeJukcEE+ kim@laptop';

  test('are added once, listed and removed', async () => {
    const added = await house.say('kim', `keys add ${KEY}`);
    const fingerprint = added.match(/SHA256:\S+/)?.[0] ?? '';
    expect(added).toContain('opens your boxes');
    expect(await house.say('kim', `keys add ${KEY}`)).toContain('already');
    expect(await house.say('kim', 'keys')).toContain(`${fingerprint} kim@laptop`);
    expect(await house.say('kim', `keys remove ${fingerprint}`)).toContain('no more');
    expect(await house.say('kim', `keys remove ${fingerprint}`)).toContain('no key with that fingerprint');
    expect(await house.say('kim', 'keys')).not.toContain(fingerprint);
  });

  test('that are no public keys are refused with a reason and an example', async () => {
    expect(await house.say('kim', 'keys add hello')).toContain('keys add ssh-ed25519');
    expect(await house.say('kim', 'keys add')).toContain('keys add ssh-ed25519');
    expect(await house.say('kim', 'keys remove')).toContain('keys remove SHA256:');
  });

  test('that are private are answered with what to do, and kept nowhere', async () => {
    const secret = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ';
    const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}\n-----END OPENSSH PRIVATE KEY-----`;
    const said = 'That is a private key. Make a new pair, never send this one again';
    for (const line of [`keys add ${key}`, key, `keys add "${key.replaceAll('\n', ' ')}"`])
      expect(await house.say('kim', line)).toContain(said);
    const kept =
      'SELECT 1 FROM deliveries d WHERE d::text LIKE $1 UNION ALL SELECT 1 FROM messages m WHERE m::text LIKE $1';
    expect(await house.sql(kept, [`%${secret}%`])).toEqual([]);
  });
});
