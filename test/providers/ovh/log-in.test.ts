// The log-in at OVH: signed by its clock, renewed when that runs away, refused in all its ways, and in no text.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ProviderError } from '../../../src/providers/provider.ts';
import { secret } from '../../../src/secret.ts';
import { failure } from '../../contracts/provider-subject.ts';
import { asked, INSTALL, openProject } from './project.ts';

const TIME = 'GET /auth/time';

describe('the log-in at OVH', () => {
  test('goes by its clock, which is asked for once', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    fake.time.aheadMs = 3_600_000;
    await cloud.machines(INSTALL, context);
    await project.machine();
    await cloud.snapshots(INSTALL, context);
    const times = asked(fake).filter((route) => route === TIME);
    expect(times.length).toBeLessThanOrEqual(2);
    await cloud.check(context);
    expect(asked(fake).filter((route) => route === TIME)).toHaveLength(times.length);
  });

  test('asks again when OVH takes a request for an old one, and sends that once more', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    await cloud.volumes(INSTALL, context);
    fake.time.aheadMs = -7_200_000;
    await project.machine();
    expect(fake.world.instances.size).toBe(1);
    expect(await cloud.machines(INSTALL, context)).toHaveLength(1);
  });

  test('gives up when the time is wrong all the same', async () => {
    await using project = await openProject();
    const { cloud, context, fake } = project;
    const old = { errorCode: 'QUERY_TIME_OUT', httpCode: '400 Bad Request', message: 'Query out of time' };
    const route = 'GET /cloud/project/{serviceName}/volume';
    fake.server.faults.next(route, { kind: 'answer', status: 400, body: old }, 5);
    const error = await failure(cloud.volumes(INSTALL, context));
    expect(error.code).toBe('unavailable');
    expect(error.remedy).toContain('clock');
    expect(asked(fake).filter((one) => one === 'GET /volume')).toHaveLength(2);
  });

  test.each([
    ['another application', { applicationKey: 'other' }, 'OVH_APPLICATION_KEY'],
    ['a wrong secret', { applicationSecret: secret('wrong') }, 'OVH_APPLICATION_SECRET'],
    ['a grant that has ended', { consumerKey: secret('old') }, 'OVH_CONSUMER_KEY'],
  ])('with %s is refused by naming the variable', async (_what, keys, variable) => {
    await using project = await openProject();
    const cloud = project.another({ keys: { ...project.fake.options.keys, ...keys } });
    const error = await failure(cloud.machines(INSTALL, project.context));
    expect(error.code).toBe('credentials');
    expect(error.remedy).toContain(variable);
  });

  test('without the right for a call says which rights to grant', async () => {
    await using project = await openProject();
    project.fake.login.grants.delete('POST');
    const error = await failure(project.machine());
    expect(error.code).toBe('credentials');
    expect(error.remedy).toContain('Grant GET, POST, PUT and DELETE on /cloud/project/<OVH_PROJECT>');
  });

  test('is in no error, whatever shows it', async () => {
    await using project = await openProject({ apiUrl: 'http://127.0.0.1:9/1.0' });
    const errors = [await failure(project.cloud.machines(INSTALL, project.context))];
    const cloud = project.another({ apiUrl: project.fake.server.url, project: 'nobodys' });
    errors.push(await failure(cloud.machines(INSTALL, project.context)));
    expect(errors.map(({ code }) => code)).toEqual(['unavailable', 'invalid']);
    for (const error of errors) {
      expect(error).toBeInstanceOf(ProviderError);
      expect(inspect(error, { depth: 20 })).not.toContain('hush');
    }
  });
});
