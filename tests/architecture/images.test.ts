/** Every image that is not our own has a variable, so that an operator can replace it, and pin it by its digest. */
import { imageDefaults, kubernetesImages } from '../../scripts/images/image-variables.ts';
import { checkRule } from './check-rule.ts';
import { project as here } from './project.ts';
import type { Rule } from './project.ts';

const named: Rule = (project) =>
  project.paths.flatMap((path) => {
    const complain = (image: string): string => `${path}: ${image} is named by no variable`;
    if (/^docker-compose(?:\.[a-z]+)?\.yml$/.test(path)) {
      return [...project.read(path).matchAll(/^\s+image: (.+)$/gm)]
        .map(([, image = '']) => image)
        .filter((image) => {
          const variable = /^\$\{([A-Z_]+):-[^}]+\}$/.exec(image)?.[1];
          return !image.startsWith('${SHOAL_IMAGE_PREFIX:-') && !imageDefaults.has(variable ?? '');
        })
        .map(complain);
    }
    if (/(?:^|\/)Dockerfile$/.test(path) && !path.startsWith('tests/')) {
      const text = project.read(path);
      const stages = new Set([...text.matchAll(/^FROM .+ AS (\S+)$/gm)].map(([, stage = '']) => stage));
      return [...text.matchAll(/^(?:FROM(?: --\S+)*|COPY --from=)\s*(\S+)/gm)]
        .map(([, image = '']) => image)
        .filter((image) => image !== 'scratch' && !stages.has(image))
        .filter((image) => !imageDefaults.has(/^\$\{([A-Z_]+)\}$/.exec(image)?.[1] ?? ''))
        .map(complain);
    }
    if (path.startsWith('deploy/') && path.endsWith('.yaml')) {
      const known = new Set(kubernetesImages.map((variable) => imageDefaults.get(variable)));
      return [...project.read(path).matchAll(/^\s+(?:- )?(?:image|reference): (\S+)$/gm)]
        .map(([, image = '']) => image)
        .filter((image) => !image.startsWith('shoal/') && !known.has(image))
        .map(complain);
    }
    return [];
  });

const planted = (path: string, from: string, to: string): Readonly<Record<string, string>> => {
  const text = here.read(path);
  if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
  return { [path]: text.replace(from, to) };
};
const manifest = 'deploy/kubernetes/components/redis/redis.yaml';

checkRule(
  'every image that is not ours is named by a variable',
  '`npm run pin-images` would not know it, and a mirror could not stand in for it',
  named,
  [
    {
      files: planted('docker-compose.yml', '${REDIS_IMAGE:-redis:8}', 'redis:8'),
      found: 'docker-compose.yml: redis:8 is',
    },
    {
      files: planted('docker-compose.yml', '${REDIS_IMAGE:-redis:8}', '${SHOAL_REDIS:-redis:8}'),
      found: 'docker-compose.yml: ${SHOAL_REDIS:-redis:8} is',
    },
    {
      files: planted('Dockerfile', 'FROM ${CUDA_IMAGE}', 'FROM nvidia/cuda:12'),
      found: 'Dockerfile: nvidia/cuda:12 is',
    },
    {
      files: planted('Dockerfile', 'COPY --from=node ', 'COPY --from=node:24 '),
      found: 'Dockerfile: node:24 is',
    },
    { files: planted(manifest, 'image: redis:8', 'image: redis:7'), found: `${manifest}: redis:7 is` },
  ],
);

const runByKubernetes: Rule = (project) =>
  kubernetesImages
    .map((variable) => imageDefaults.get(variable)!)
    .filter(
      (image) =>
        !project.paths.some(
          (path) => path.startsWith('deploy/') && project.read(path).includes(`image: ${image}\n`),
        ),
    )
    .map((image) => `${image}: no manifest names it`);

checkRule('what is pinned for Kubernetes runs there', 'the pin would be of nothing', runByKubernetes, [
  { files: planted(manifest, 'image: redis:8', 'image: redis:7'), found: 'redis:8: no manifest' },
]);
