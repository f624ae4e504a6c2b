/** What the engine says of a container, and what a test does to it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { docker } from './docker.ts';

const inspect = (container: string, format: string): Promise<string> =>
  docker('inspect', '--format', format, container);

export const startedAt = (container: string): Promise<string> => inspect(container, '{{.State.StartedAt}}');

export const healthOf = (container: string): Promise<string> =>
  inspect(container, '{{.State.Health.Status}}');

export const imageOf = (container: string): Promise<string> => inspect(container, '{{.Config.Image}}');

export const labelOf = (container: string, label: string): Promise<string> =>
  inspect(container, `{{index .Config.Labels "${label}"}}`);

/** The name of the one network that a worker has. */
export async function networkOf(container: string): Promise<string> {
  const names = await inspect(container, '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}');
  return names.split(' ')[0]!;
}

export interface Confinement {
  readonly service: string | undefined;
  /** Host addresses of its published ports. */
  readonly ports: readonly string[];
  /** Read-only root, no capability but what `capabilities` names, no way to gain privileges. */
  readonly isConfined: boolean;
  readonly capabilities: readonly string[];
}

export async function confinementOf(container: string): Promise<Confinement> {
  const [about] = JSON.parse(await docker('inspect', container)) as [
    {
      Config: { Labels: Record<string, string> };
      HostConfig: {
        ReadonlyRootfs: boolean;
        CapAdd: string[] | null;
        CapDrop: string[] | null;
        SecurityOpt: string[] | null;
      };
      NetworkSettings: { Ports: Record<string, { HostIp: string }[] | null> };
    },
  ];
  const { ReadonlyRootfs, CapAdd, CapDrop, SecurityOpt } = about.HostConfig;
  const gainsNoPrivileges = (SecurityOpt ?? []).some((option) => option.startsWith('no-new-privileges'));
  return {
    service: about.Config.Labels['com.docker.compose.service'],
    ports: Object.values(about.NetworkSettings.Ports).flatMap((ports) =>
      (ports ?? []).map(({ HostIp }) => HostIp),
    ),
    isConfined: ReadonlyRootfs && (CapDrop ?? []).includes('ALL') && gainsNoPrivileges,
    capabilities: CapAdd ?? [],
  };
}

/** As the kernel would: the process is gone, and the engine's restart policy decides what comes. */
export async function killProcess(container: string): Promise<void> {
  // `docker kill` counts as a stop by hand, after which nothing restarts. This one ends its own shell as well.
  await docker('exec', container, 'sh', '-c', 'kill -9 $(cat /proc/1/task/1/children)').catch(
    () => undefined,
  );
}

/** To the service itself and not to the init in front of it. */
export async function signalProcess(container: string, signal: 'STOP' | 'CONT'): Promise<void> {
  await docker('exec', container, 'sh', '-c', `kill -${signal} $(cat /proc/1/task/1/children)`);
}

/** Changes whenever it dies and whenever it is started again; undefined while it is down. */
export async function lifeOf(container: string): Promise<string | undefined> {
  const [isRunning, since] = (await inspect(container, '{{.State.Running}} {{.State.StartedAt}}')).split(' ');
  return isRunning === 'true' ? since : undefined;
}

/** The same image with a label more: what a rebuild leaves behind under the tag. */
export async function relabelImage(image: string): Promise<void> {
  const building = promisify(execFile)('docker', ['build', '-q', '-t', image, '--label', 'rolled=yes', '-']);
  building.child.stdin?.end(`FROM ${image}\n`);
  await building;
}
