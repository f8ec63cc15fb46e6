// Docker keeps the provider contract, on the real engine of this machine.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { describe } from 'vitest';
import { homeName } from '../../../src/providers/docker/homes.ts';
import { LABELS } from '../../../src/providers/docker/payload.ts';
import type { BoxRef } from '../../../src/providers/provider.ts';
import { BOX_PATHS } from '../../../src/providers/shared/box-system.ts';
import { providerContract } from '../../contracts/provider.ts';
import { beginChanging } from './changing-home.ts';
import { containerOf, engine, homeFiles, inBox, makeDockerHost } from './docker-host.ts';
import { engineAnswers } from './image-box.ts';

describe.skipIf(!(await engineAnswers()))('Docker (needs an engine and root)', () => {
  providerContract('Docker', async () => {
    const host = await makeDockerHost();
    const { provider, installId, dataDir } = host;
    const fileIn = (box: BoxRef) => join(dataDir, 'homes', homeName(box), 'home', 'kept');
    const boxOf = new Map<string, string>();
    const start = async (box: BoxRef, Cmd: string[]) => {
      const exec = await containerOf(box).exec({ Cmd, User: 'dev' });
      await exec.start({ Detach: true });
    };
    return {
      provider,
      another: host.another(),
      installId,
      makeSpec: (overrides) => {
        const box = host.spec(overrides);
        boxOf.set(homeName(box), box.boxId);
        return box;
      },
      cleanup: host.remove,
      home: {
        write: (box, text) => writeFile(fileIn(box), text),
        read: (box) => readFile(fileIn(box), 'utf8').catch(() => undefined),
        async sizeGiB(box) {
          const { text } = await inBox(box, ['df', '--block-size=1', '--output=size', '/home/dev']);
          return Number(text.split('\n')[1]) / 1024 ** 3;
        },
      },
      changing: { times: 3, begin: beginChanging },
      async readKeys(box) {
        const { text } = await inBox(box, ['cat', BOX_PATHS.authorizedKeys.path]);
        return text.split('\n').filter((line) => line !== '');
      },
      work: {
        async busy(box) {
          await start(box, ['bash', '-c', 'while :; do :; done']);
          return 'bash';
        },
        async sleeping(box) {
          await start(box, ['sleep', '600']);
          return 'sleep';
        },
        async traffic(box, instance) {
          await provider.reach(box, instance, { signal: AbortSignal.timeout(20_000) });
        },
        async hold(box) {
          await start(box, ['shellbox-hold', '--', 'sleep', '600']);
          return async () => void (await inBox(box, ['pkill', '-x', 'shellbox-hold']));
        },
      },
      unreachable: host.another({ dockerHost: 'unix:///nonexistent.sock' }),
      tamper: {
        removeInstance: (box) => containerOf(box).remove({ force: true }),
        async plantStranger() {
          const { Id } = await engine
            .createContainer({ Image: host.options.image, name: `stranger-${installId}` })
            .then((container) => container.inspect());
          return () => engine.getContainer(Id).remove({ force: true });
        },
      },
      ledger: {
        async instances(install) {
          const all = await engine.listContainers({ all: true });
          return all
            .filter(({ Labels }) => Labels[LABELS.install] === install)
            .map(({ Names }) => Names[0]?.slice(1) ?? '');
        },
        async homes(install) {
          const files = (await homeFiles(dataDir)).filter((name) => name.startsWith(`sb-${install}-`));
          return [...new Set(files.map((name) => boxOf.get(name.replace(/\.(img|img\.new|files)$/, '')) ?? name))];
        },
        async snapshots(install) {
          const files = await readdir(join(dataDir, 'homes', 'snapshots')).catch(() => []);
          const ours = files.filter((name) => name.startsWith(`sb-${install}-`));
          return ours.map((name) =>
            name.endsWith('.img') ? name.slice(`sb-${install}-`.length, -`-${uuidv7()}.img`.length) : name,
          );
        },
      },
    };
  });
});
