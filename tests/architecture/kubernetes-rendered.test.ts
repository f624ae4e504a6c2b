/**
 * The overlays of deploy/kubernetes, rendered: what one file says of another fits together only then. Skips by name
 * where there is neither kustomize nor kubectl; the rules about the files as they are do not need them.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { repository } from '../support/service-process.ts';
import { at, textAt, findKustomize, folder, listAt, misfits, parseManifests, podOf } from './kubernetes.ts';
import type { Json, JsonObject, Manifest } from './kubernetes.ts';

const kustomize = findKustomize();

function render(path: string): Manifest[] {
  const [command, ...args] = kustomize!;
  return parseManifests(execFileSync(command, [...args, path], { encoding: 'utf8' }), path);
}

const overlay = (name: string): Manifest[] => render(join(repository, folder, 'overlays', name));

/** An overlay as somebody would write it for themselves, beside ours. */
function composed(components: readonly string[]): Manifest[] {
  const root = mkdtempSync(join(tmpdir(), 'shoal-kustomize-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const to = (path: string): string => relative(root, join(repository, folder, path));
  mkdirSync(root, { recursive: true });
  writeFileSync(
    join(root, 'kustomization.yaml'),
    JSON.stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [to('base')],
      components: components.map((name) => to(`components/${name}`)),
    }),
  );
  return render(root);
}

const ofKind = (manifests: readonly Manifest[], kind: string): Manifest[] =>
  manifests.filter((manifest) => manifest.kind === kind);

const labelsOf = (manifest: Manifest): JsonObject => at(podOf(manifest), 'metadata', 'labels') as JsonObject;

function selects(selector: Json | undefined, labels: JsonObject): boolean {
  const wanted = (at(selector, 'matchLabels') ?? selector ?? {}) as JsonObject;
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

const workloadsOf = (manifests: readonly Manifest[]): Manifest[] =>
  manifests.filter((manifest) => podOf(manifest) !== undefined);

const variantsOf = {
  plain: () => overlay('plain'),
  gpu: () => overlay('gpu'),
  keda: () => overlay('keda'),
  'external-redis': () => overlay('external-redis'),
  'all of it together': () =>
    composed(['external-redis', 'gpu', 'keda', 'models-image', 'api-keys', 'outbound']),
};

describe.skipIf(kustomize === undefined).each(Object.entries(variantsOf))(
  'rendered (%s)',
  (_name, renderVariant) => {
    test('every field is one that the API has, and everything lies in one namespace', () => {
      const manifests = renderVariant();
      expect(manifests.flatMap(misfits)).toEqual([]);
      const outside = manifests.filter(({ kind, content }) =>
        kind === 'Namespace' ? false : at(content, 'metadata', 'namespace') !== 'shoal',
      );
      expect(outside.map(({ kind, name }) => `${kind} ${name}`)).toEqual([]);
    });

    test('every selector selects the pods that it means, and no others', () => {
      const manifests = renderVariant();
      const workloads = workloadsOf(manifests);
      for (const workload of workloads) {
        const selected = workloads.filter((other) =>
          selects(at(workload.content, 'spec', 'selector'), labelsOf(other)),
        );
        expect(selected.map(({ name }) => name)).toEqual([workload.name]);
      }
      for (const kind of ['PodDisruptionBudget', 'Service']) {
        for (const { name, content } of ofKind(manifests, kind)) {
          const selected = workloads.filter((other) =>
            selects(at(content, 'spec', 'selector'), labelsOf(other)),
          );
          expect(selected.map((other) => other.name)).toEqual([name]);
        }
      }
    });

    test('what a pod mounts and reads is there, but for what an operator makes by hand', () => {
      const manifests = renderVariant();
      const there = new Set(manifests.map(({ kind, name }) => `${kind} ${name}`));
      const byHand = new Set(['Secret redis-password', 'Secret api-keys', 'ConfigMap redis-ca']);
      const missing = workloadsOf(manifests).flatMap((workload) => {
        const spec = at(podOf(workload), 'spec');
        const wanted = [
          ...listAt(spec, 'volumes').flatMap((volume) => [
            ['PersistentVolumeClaim', at(volume, 'persistentVolumeClaim', 'claimName')],
            ['Secret', at(volume, 'secret', 'secretName')],
            ['ConfigMap', at(volume, 'configMap', 'name')],
          ]),
          ...listAt(spec, 'containers', 0, 'envFrom').map((source) => [
            'ConfigMap',
            at(source, 'configMapRef', 'name'),
          ]),
        ];
        return wanted
          .filter(([, name]) => name !== undefined)
          .map(([kind, name]) => `${textAt(kind)} ${textAt(name)}`)
          .filter((name) => !there.has(name) && !byHand.has(name));
      });
      expect(missing).toEqual([]);
    });

    test('every image has a name and a tag of its own', () => {
      const images = workloadsOf(renderVariant()).map((workload) =>
        at(podOf(workload), 'spec', 'containers', 0, 'image'),
      );
      for (const image of images)
        expect(image).toMatch(/^[a-z]+(?:\/(?:gateway|worker-[a-z-]+))?:(?!latest)[\w.]+$/);
    });
  },
);

describe.skipIf(kustomize === undefined)('what a component changes', () => {
  test('only gateways and workers may reach Redis, and all of them are such', () => {
    const manifests = overlay('plain');
    const redis = ofKind(manifests, 'StatefulSet')[0]!;
    const guards = ofKind(manifests, 'NetworkPolicy').filter(
      ({ content }) =>
        listAt(content, 'spec', 'policyTypes').includes('Ingress') &&
        listAt(content, 'spec', 'ingress').length > 0 &&
        selects(at(content, 'spec', 'podSelector'), labelsOf(redis)),
    );
    expect(guards.map(({ name }) => name)).toEqual(['redis']);
    const admitted = listAt(guards[0]!.content, 'spec', 'ingress').flatMap((rule) => listAt(rule, 'from'));
    expect(admitted).toEqual([{ podSelector: { matchLabels: { 'shoal/redis-client': 'true' } } }]);
    const clients = workloadsOf(manifests).filter(
      (workload) => labelsOf(workload)['shoal/redis-client'] === 'true',
    );
    expect(clients.map(({ name }) => name).sort()).toEqual([
      'gateway',
      'worker-demo-detectron',
      'worker-demo-yolo',
    ]);
  });

  test('on GPUs no worker is left on a CPU, and the gateway stays where it was', () => {
    const [gateways, workers] = [true, false].map((isGateway) =>
      ofKind(overlay('gpu'), 'Deployment')
        .filter(({ name }) => (name === 'gateway') === isGateway)
        .map((workload) => {
          const spec = at(podOf(workload), 'spec');
          const container = at(spec, 'containers', 0);
          return {
            gpus: at(container, 'resources', 'limits', 'nvidia.com/gpu'),
            device: listAt(container, 'env').filter((entry) => at(entry, 'name') === 'DEVICE'),
            hasImageForIt: textAt(container, 'image').includes('-gpu:'),
            isPlaced: at(spec, 'nodeSelector') !== undefined && listAt(spec, 'tolerations').length === 1,
          };
        }),
    );
    expect(gateways).toEqual([{ gpus: undefined, device: [], hasImageForIt: false, isPlaced: false }]);
    const onGpu = {
      gpus: '1',
      device: [{ name: 'DEVICE', value: 'cuda' }],
      hasImageForIt: true,
      isPlaced: true,
    };
    expect(workers).toEqual([onGpu, onGpu]);
  });

  test('KEDA scales Deployments that are there and that do not say a number themselves', () => {
    const manifests = overlay('keda');
    const scaled = ofKind(manifests, 'ScaledObject').map(({ content }) =>
      textAt(content, 'spec', 'scaleTargetRef', 'name'),
    );
    const workers = ofKind(manifests, 'Deployment').filter(({ name }) => name !== 'gateway');
    expect([...scaled].sort()).toEqual(workers.map(({ name }) => name).sort());
    expect(workers.map(({ content }) => at(content, 'spec', 'replicas'))).toEqual([undefined, undefined]);
  });

  test('with a Redis elsewhere there is none here, and Node is told of its authority', () => {
    const manifests = overlay('external-redis');
    expect(ofKind(manifests, 'StatefulSet')).toEqual([]);
    const settings = ofKind(manifests, 'ConfigMap')[0]!.content['data'] as JsonObject;
    expect(settings['REDIS_URL']).toMatch(/^rediss:/);
    const authority = textAt(settings, 'NODE_EXTRA_CA_CERTS');
    for (const workload of ofKind(manifests, 'Deployment')) {
      const mounts = listAt(podOf(workload), 'spec', 'containers', 0, 'volumeMounts');
      expect(mounts.map((mount) => `${textAt(mount, 'mountPath')}/ca.crt`)).toContain(authority);
    }
  });

  test('with API keys the gateway, and nothing else, can read them where the settings say', () => {
    const manifests = composed(['redis', 'api-keys']);
    const settings = ofKind(manifests, 'ConfigMap').map(({ content }) => at(content, 'data'));
    const [file] = settings.flatMap((data) => at(data, 'SHOAL_API_KEYS_FILE') ?? []);
    const withKeys = workloadsOf(manifests).flatMap((workload) => {
      const spec = at(podOf(workload), 'spec');
      const volume = listAt(spec, 'volumes').find((each) => at(each, 'secret', 'secretName') === 'api-keys');
      const mounts = listAt(spec, 'containers', 0, 'volumeMounts');
      const mount = mounts.find((each) => at(each, 'name') === at(volume, 'name'));
      return volume === undefined ? [] : [[workload.name, `${textAt(mount, 'mountPath')}/keys`]];
    });
    expect(withKeys).toEqual([['gateway', file]]);
  });

  test('with models out of an image there is no volume to fill', () => {
    const manifests = composed(['redis', 'models-image']);
    expect(ofKind(manifests, 'PersistentVolumeClaim')).toEqual([]);
    for (const workload of ofKind(manifests, 'Deployment').filter(({ name }) => name !== 'gateway')) {
      const models = listAt(podOf(workload), 'spec', 'volumes').find(
        (volume) => at(volume, 'name') === 'models',
      );
      expect(Object.keys(models as JsonObject).sort()).toEqual(['image', 'name']);
    }
  });
});
