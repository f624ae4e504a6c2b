/**
 * The variables of docker-compose.yml and of the builds that it begins, which no service reads: they are declared beside
 * the others to be told of, and checked, in the same way.
 */
import { z } from 'zod';
import { memory, optionalVariable, text, variable, type Variable } from './variable.ts';

const compose = ['compose'] as const;

export const containerVariables = {
  YOLO_MODEL: variable(compose, text, 'demo-yolo', 'The model folder that worker-yolo serves.'),
  DETECTRON_MODEL: variable(
    compose,
    text,
    'demo-detectron',
    'The model folder that worker-detectron serves.',
  ),
  NODE_IMAGE: variable(compose, text, 'node:24-bookworm-slim', 'What the images are built on.'),
  CUDA_IMAGE: variable(
    compose,
    text,
    'nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04',
    'What the images of GPU workers are built on: CUDA 12 with cuDNN 9.',
  ),
  REDIS_IMAGE: variable(compose, text, 'redis:8', 'The Redis that is started.'),
  SHOAL_REDIS_FSYNC: variable(
    ['compose', 'launcher'],
    z.enum(['always', 'everysec']),
    'always',
    'When the Redis that is started here has what it says on disk: before it says so, or within a second.',
  ),
  NPM_CONFIG_REGISTRY: optionalVariable(
    compose,
    z.string().regex(/^https?:\/\/\S+$/, 'expected https://…'),
    'Where images get their packages from, instead of the public registry.',
  ),
  NUGET_INDEX: optionalVariable(
    compose,
    z.string().regex(/^https?:\/\/\S+$/, 'expected https://…'),
    'Where images of GPU workers get the CUDA provider from, instead of the public feed.',
  ),
  SHOAL_IMAGE_PREFIX: variable(
    compose,
    z.string().regex(/^[a-z0-9][a-z0-9._:/-]*$/, 'expected the first part of an image name'),
    'shoal',
    'What the names of our images begin with, before `/gateway`, `/worker-yolo` and so on.',
  ),
  SHOAL_IMAGE_TAG: variable(
    compose,
    z.string().regex(/^\w[\w.-]{0,127}$/, 'expected the tag of an image'),
    'latest',
    'Tag of our images.',
  ),
  SHOAL_BUILD_CA: optionalVariable(
    compose,
    text,
    'PEM file of certificates that the build trusts in addition, for a proxy that opens TLS.',
  ),
  SHOAL_GATEWAY_MEMORY: variable(compose, memory, '1g', 'Memory of one gateway container.'),
  SHOAL_WORKER_MEMORY: variable(compose, memory, '4g', 'Memory of one worker container.'),
  SHOAL_WORKER_CPUS: variable(
    compose,
    z.string().regex(/^\d{1,4}(?:\.\d{1,3})?$/, 'expected a number'),
    '0',
    'Processors of one worker container, fractions allowed; 0 means all.',
  ),
  SHOAL_REDIS_MEMORY: variable(
    compose,
    memory,
    '3g',
    'Memory of the Redis container: what it may hold and half as much for rewriting its file.',
  ),
  SHOAL_REDIS_MEMORY_MAX: variable(
    compose,
    memory,
    '2gb',
    'What Redis may hold; SHOAL_QUEUE_BYTES_MAX must be at most three quarters of it.',
  ),
} as const satisfies Record<string, Variable>;
