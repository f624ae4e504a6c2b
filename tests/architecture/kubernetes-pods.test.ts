/** What every pod of deploy/kubernetes must say, read from the files as they are: nothing of Kubernetes is needed. */
import { checkRule } from './check-rule.ts';
import { at, textAt, edited, listAt, manifestsOf, misfits, podOf, settingsOf } from './kubernetes.ts';
import type { Json, Manifest } from './kubernetes.ts';
import type { Project, Rule } from './project.ts';

const unknownFields: Rule = (project) => manifestsOf(project).flatMap(misfits);

checkRule(
  'every field of a manifest is one that the API has',
  'a cluster refuses the file, or drops the field and with it what it was to protect',
  unknownFields,
  [
    {
      files: edited('base/gateway.yaml', 'minReadySeconds', 'minReadySecs'),
      found: 'apps/v1.DeploymentSpec has no field minReadySecs',
    },
    {
      files: edited('base/gateway.yaml', 'containerPort: 8080', "containerPort: '8080'"),
      found: 'expected integer, came "8080"',
    },
    {
      files: edited('components/keda/demo-yolo.yaml', 'cooldownPeriod', 'coolDownPeriod'),
      found: 'keda/v1alpha1.ScaledObjectSpec has no field coolDownPeriod',
    },
    {
      files: edited('base/models-volume.yaml', 'apiVersion: v1', 'apiVersion: v2'),
      found: 'there is no v2 PersistentVolumeClaim',
    },
  ],
);

interface Pod {
  readonly manifest: Manifest;
  readonly spec: Json | undefined;
  readonly containers: readonly Json[];
}

/** Whole pods: a patch says only what it changes. */
function podsOf(project: Project): readonly Pod[] {
  return manifestsOf(project)
    .filter(({ kind, path }) => kind !== 'Deployment' || path.includes('/base/'))
    .flatMap((manifest) => {
      const spec = at(podOf(manifest), 'spec');
      return spec === undefined ? [] : [{ manifest, spec, containers: listAt(spec, 'containers') }];
    });
}

const expected = (what: string, path: string, holds: boolean): string[] =>
  holds ? [] : [`${path}: expected ${what}`];

const open: Rule = (project) =>
  podsOf(project).flatMap(({ manifest: { path }, spec, containers }) => [
    ...expected('enableServiceLinks: false', path, at(spec, 'enableServiceLinks') === false),
    ...expected('no service account token', path, at(spec, 'automountServiceAccountToken') === false),
    ...expected('runAsNonRoot', path, at(spec, 'securityContext', 'runAsNonRoot') === true),
    ...expected('a user of its own', path, Number(at(spec, 'securityContext', 'runAsUser') ?? 0) > 0),
    ...expected(
      'seccomp RuntimeDefault',
      path,
      at(spec, 'securityContext', 'seccompProfile', 'type') === 'RuntimeDefault',
    ),
    ...containers.flatMap((container) => {
      const context = at(container, 'securityContext');
      return [
        ...expected('a read-only root', path, at(context, 'readOnlyRootFilesystem') === true),
        ...expected('no privilege escalation', path, at(context, 'allowPrivilegeEscalation') === false),
        ...expected('no capabilities', path, listAt(context, 'capabilities', 'drop').includes('ALL')),
        ...expected('a memory limit', path, at(container, 'resources', 'limits', 'memory') !== undefined),
        ...expected(
          'requests of cpu and memory',
          path,
          ['cpu', 'memory'].every((name) => at(container, 'resources', 'requests', name) !== undefined),
        ),
      ];
    }),
  ]);

checkRule(
  'every pod runs with nothing that it does not need',
  'a decoder that is broken into finds a door here, and nothing behind it',
  open,
  [
    {
      files: edited(
        'base/worker/worker.yaml',
        'readOnlyRootFilesystem: true',
        'readOnlyRootFilesystem: false',
      ),
      found: 'base/worker/worker.yaml: expected a read-only root',
    },
    {
      files: edited('base/gateway.yaml', '- ALL', '- NET_RAW'),
      found: 'base/gateway.yaml: expected no capabilities',
    },
    {
      files: edited('base/gateway.yaml', 'enableServiceLinks: false', 'enableServiceLinks: true'),
      found: 'expected enableServiceLinks: false',
    },
    {
      files: edited('components/redis/redis.yaml', 'runAsUser: 999', 'runAsUser: 0'),
      found: 'components/redis/redis.yaml: expected a user of its own',
    },
    {
      files: edited('fill-models.yaml', 'memory: 256Mi', 'ephemeral-storage: 1Gi'),
      found: 'fill-models.yaml: expected a memory limit',
    },
  ],
);

const killedEarly: Rule = (project) => {
  const graceMs = settingsOf(project)['SHOAL_STOP_GRACE_MS'];
  return podsOf(project)
    .filter(({ containers }) => readsSettings(containers))
    .filter(({ spec }) => Number(at(spec, 'terminationGracePeriodSeconds')) * 1_000 !== Number(graceMs))
    .map(({ manifest: { path } }) => `${path}: terminationGracePeriodSeconds is not SHOAL_STOP_GRACE_MS`);
};

const readsSettings = (containers: readonly Json[]): boolean =>
  containers.some((container) =>
    listAt(container, 'envFrom').some((source) => at(source, 'configMapRef', 'name') === 'settings'),
  );

checkRule(
  'a pod is given the time that its service counts on',
  'it would be killed with pictures in its hands',
  killedEarly,
  [
    {
      files: edited('base/gateway.yaml', 'PeriodSeconds: 45', 'PeriodSeconds: 30'),
      found: 'base/gateway.yaml: terminationGracePeriodSeconds is not',
    },
  ],
);

const portsOf = (container: Json): Json[] =>
  listAt(container, 'ports').map((port) => at(port, 'name') ?? null);

const blindProbes: Rule = (project) => {
  const source = [
    'apps/gateway/src/routes/health.ts',
    'packages/worker-runtime/src/health-server.ts',
  ] as const;
  return podsOf(project)
    .filter(({ containers }) => readsSettings(containers))
    .flatMap(({ manifest: { path, name }, containers }) =>
      containers.flatMap((container) =>
        (['readinessProbe', 'livenessProbe'] as const).flatMap((probe) => {
          const address = textAt(container, probe, 'httpGet', 'path');
          const code = project.read(source[name === 'gateway' ? 0 : 1]);
          const wanted = probe === 'livenessProbe' ? '/livez' : '/readyz';
          return [
            ...expected(
              `${probe} to ask ${wanted}`,
              path,
              address === wanted && code.includes(`'${address}'`),
            ),
            ...expected(
              `${probe} to name a port of the container`,
              path,
              portsOf(container).includes(at(container, probe, 'httpGet', 'port') ?? null),
            ),
          ];
        }),
      ),
    );
};

checkRule(
  'every service is asked how it is, where it answers',
  'a probe at a wrong address kills what is well',
  blindProbes,
  [
    {
      files: edited('base/worker/worker.yaml', 'path: /livez', 'path: /healthz'),
      found: 'base/worker/worker.yaml: expected livenessProbe to ask /livez',
    },
    {
      files: edited('base/gateway.yaml', 'port: http', 'port: web'),
      found: 'base/gateway.yaml: expected readinessProbe to name a port',
    },
    {
      files: { 'apps/gateway/src/routes/health.ts': '' },
      found: 'base/gateway.yaml: expected livenessProbe to ask /livez',
    },
  ],
);
