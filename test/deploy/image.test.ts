// The Dockerfile by a few rules of our own, and the health check that it names.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../support/free-port.ts';
import { DEPLOY, ROOT, run } from './folder.ts';

const HEALTH = join(DEPLOY, 'healthcheck.mjs');

/** Each instruction as one line, without comments. */
async function instructions(): Promise<string[]> {
  const text = await readFile(join(DEPLOY, 'Dockerfile'), 'utf8');
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

describe('the Dockerfile', () => {
  test('begins from exact versions, and builds with the Node that is tested', async () => {
    const bases = (await instructions()).flatMap((line) => /^ARG \w*BASE=(.*)$/.exec(line)?.[1] ?? []);
    expect(bases.filter((base) => !/:\d+\.\d+[\d.]*-[a-z-]+$/.test(base))).toEqual([]);
    const manifest = z.object({ devDependencies: z.object({ node: z.string() }) });
    const { devDependencies } = manifest.parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
    expect(bases[0]).toContain(`node:${devDependencies.node}-`);
  });

  test('ends as a user without rights, with a health check, and holds no secret', async () => {
    const lines = await instructions();
    const last = lines.findLastIndex((line) => line.startsWith('FROM '));
    expect(lines.slice(last).filter((line) => line.startsWith('USER '))).toEqual(['USER shellbox']);
    expect(lines.filter((line) => line.startsWith('HEALTHCHECK '))).toHaveLength(1);
    expect(lines.filter((line) => /^(ARG|ENV) .*(TOKEN|SECRET|PASSWORD|KEY|URL)/.test(line))).toEqual([]);
    expect(lines.filter((line) => /^ADD |curl|wget|sudo|:latest/.test(line))).toEqual([]);
  });

  test('installs by the lock file, runs no install script but Node’s, and leaves out what only development needs', async () => {
    const runs = (await instructions()).filter((line) => line.startsWith('RUN '));
    const installs = runs.join('\n').match(/npm (ci|install|i) [^&]*/g) ?? [];
    expect(installs.filter((line) => !/^npm ci .*--ignore-scripts/.test(line))).toEqual([]);
    expect(installs.at(-1)).toContain('--omit=dev');
    expect(runs.join('\n').match(/npm rebuild [^&\n]*/g)).toEqual(['npm rebuild node']);
    for (const line of runs.filter((each) => each.includes('apt-get install')))
      expect(line).toMatch(/--no-install-recommends.*rm -rf \/var\/lib\/apt\/lists/);
  });

  test('copies what is there, and what .dockerignore lets through by name', async () => {
    const copied = (await instructions()).flatMap(
      (line) => /^COPY (?!--from)(.*) \S+$/.exec(line)?.[1]?.split(' ') ?? [],
    );
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const ignore = (await readFile(join(ROOT, '.dockerignore'), 'utf8'))
      .split('\n')
      .filter((line) => /^[^#]/.test(line));
    expect(ignore[0]).toBe('*');
    expect(copied.filter((path) => !ignore.includes(`!${path}`))).toEqual([]);
    expect(ignore.filter((line) => /^!.*(\.env|\.git|node_modules|\*)/.test(line))).toEqual([]);
  });
});

describe('the health check', () => {
  test.each([
    [200, 0],
    [503, 1],
  ])('of a process that answers %i ends with %i', async (answer, status) => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/healthz' ? answer : 404).end(),
    );
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    expect((await run(process.execPath, [HEALTH], { SHELLBOX_PORT: String(port) })).status).toBe(status);
    const worker = { HEALTH_OF: 'worker', METRICS_LISTEN: `0.0.0.0:${port}`, SHELLBOX_PORT: '1' };
    expect((await run(process.execPath, [HEALTH], worker)).status).toBe(status);
  });

  test('of a process that does not answer ends with 1', async () => {
    expect((await run(process.execPath, [HEALTH], { SHELLBOX_PORT: String(await freePort()) })).status).toBe(1);
  });
});
