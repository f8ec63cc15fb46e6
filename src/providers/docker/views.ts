// What the engine says about containers, as the contract's instance views.
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import type { BoxRef, InstanceView } from '../provider.ts';
import { BOX_SSH_PORT } from './image.ts';
import { LABELS } from './payload.ts';

/** One container, from `inspect`; undefined when its labels do not make it an instance. */
export function viewOf(container: ContainerInspectInfo, sshHost: string): InstanceView | undefined {
  const labels = container.Config.Labels;
  const running = container.State.Running && !container.State.Paused;
  const published = container.HostConfig.PortBindings?.[`${BOX_SSH_PORT}/tcp`]?.[0]?.HostPort;
  return view(labels, {
    instanceName: container.Name.replace(/^\//, ''),
    ref: container.Id,
    running,
    createdAt: new Date(container.Created),
    endpoint: running && published ? { host: sshHost, port: Number(published) } : undefined,
  });
}

/** One container, from `list`. */
export function viewOfListed(container: ContainerInfo, sshHost: string): InstanceView | undefined {
  const running = container.State === 'running';
  const port = container.Ports.find(({ PrivatePort }) => PrivatePort === BOX_SSH_PORT)?.PublicPort;
  return view(container.Labels, {
    instanceName: (container.Names[0] ?? '').replace(/^\//, ''),
    ref: container.Id,
    running,
    createdAt: new Date(container.Created * 1000),
    endpoint: running && port !== undefined ? { host: sshHost, port } : undefined,
  });
}

function view(
  labels: Record<string, string> | undefined,
  rest: Omit<InstanceView, 'boxId' | 'incarnation'>,
): InstanceView | undefined {
  const boxId = labels?.[LABELS.box];
  const incarnation = Number(labels?.[LABELS.incarnation]);
  if (boxId === undefined || !Number.isSafeInteger(incarnation)) return undefined;
  return { boxId, incarnation, ...rest };
}

/** Whether the container is this incarnation of this box, by its labels. */
export function isOf(container: ContainerInspectInfo, box: BoxRef): boolean {
  const labels = container.Config.Labels;
  return (
    labels?.[LABELS.install] === box.installId &&
    labels?.[LABELS.box] === box.boxId &&
    labels?.[LABELS.incarnation] === String(box.incarnation)
  );
}
