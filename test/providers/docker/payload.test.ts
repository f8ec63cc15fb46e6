// What the engine is asked to make for a box: the limits, the rights, the way in.
import { describe, expect, test } from 'vitest';
import { containerPayload, type HostTraits } from '../../../src/providers/docker/payload.ts';
import { makeBoxSpec } from '../../contracts/provider-spec.ts';

const box = makeBoxSpec({
  installId: 'abcdefgh',
  boxName: 'mybox',
  resources: { cpus: 4, memoryMiB: 8192, homeGiB: 50, pids: 4096 },
});
const traits: HostTraits = {
  image: 'shellbox-box:latest',
  network: 'shellbox-abcdefgh',
  bindAddress: '127.0.0.1',
  sudo: true,
  home: { Type: 'bind', Source: '/homes/x/home' },
  folders: [],
  cpus: 8,
  rootGiB: undefined,
};
const payload = (changed: Partial<HostTraits> = {}) => containerPayload(box, 20_001, { ...traits, ...changed });
const hostConfig = (changed?: Partial<HostTraits>) => payload(changed).HostConfig ?? {};

describe('the container of a box', () => {
  test('carries what finds it again', () => {
    expect(payload()).toMatchObject({
      name: box.instanceName,
      Hostname: 'mybox',
      Labels: { 'shellbox.install': 'abcdefgh', 'shellbox.box': box.boxId, 'shellbox.incarnation': '1' },
    });
  });

  test('has the limits of its size and no swap beside them', () => {
    const bytes = 8192 * 1024 * 1024;
    expect(hostConfig()).toMatchObject({ NanoCpus: 4e9, Memory: bytes, MemorySwap: bytes, PidsLimit: 4096 });
  });

  test('gets no more vCPUs than the host has', () => {
    expect(hostConfig({ cpus: 2 }).NanoCpus).toBe(2e9);
  });

  test('drops every capability but eleven, keeps seccomp, is not privileged and does not restart', () => {
    const { CapDrop, CapAdd, SecurityOpt, Privileged, RestartPolicy, Init } = hostConfig();
    expect(CapDrop).toEqual(['ALL']);
    expect([...CapAdd].sort()).toEqual(
      'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETUID SYS_CHROOT'.split(' '),
    );
    expect(SecurityOpt).toEqual([]);
    expect([Privileged, RestartPolicy, Init]).toEqual([false, { Name: 'no' }, true]);
  });

  test('has no sudo and no way to new rights where sudo is off', () => {
    expect(payload({ sudo: false }).Env).toEqual(['SHELLBOX_SUDO=0']);
    expect(hostConfig({ sudo: false }).SecurityOpt).toEqual(['no-new-privileges']);
    expect(payload().Env).toEqual(['SHELLBOX_SUDO=1']);
  });

  test('publishes SSH alone, on the address that was chosen', () => {
    expect(hostConfig({ bindAddress: '192.0.2.7' }).PortBindings).toEqual({
      '22/tcp': [{ HostIp: '192.0.2.7', HostPort: '20001' }],
    });
  });

  test('mounts its home and nothing else of the host', () => {
    expect(hostConfig().Mounts).toEqual([{ Type: 'bind', Source: '/homes/x/home', Target: '/home/dev' }]);
  });

  test('keeps nothing of what it writes to its console', () => {
    expect(hostConfig().LogConfig).toEqual({ Type: 'none', Config: {} });
  });

  test('is limited outside its home where the engine can', () => {
    expect(hostConfig({ rootGiB: 20 }).StorageOpt).toEqual({ size: '20G' });
    expect(hostConfig().StorageOpt).toBeUndefined();
  });

  test('says nothing of its keys to the engine', () => {
    expect(JSON.stringify(payload())).not.toContain('PRIVATE KEY');
  });
});
