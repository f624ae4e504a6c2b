import { describe, expect, test } from 'vitest';
import { chosenImages, imageDefaults, kustomizeComponent, withValues } from './image-variables.ts';

const digest = `sha256:${'0a'.repeat(32)}`;
const set = (text: string) => withValues(text, new Map([['REDIS_IMAGE', 'redis:8@x']]));
const chosen = (name: string, text: string, environment: NodeJS.ProcessEnv = {}) =>
  chosenImages([name], text, environment)[0]!.tagged;

describe('what is to be pinned', () => {
  test('is the default where the file says nothing, else what the file says, without an old digest', () => {
    expect(chosen('REDIS_IMAGE', '')).toBe(imageDefaults.get('REDIS_IMAGE'));
    expect(chosen('REDIS_IMAGE', 'REDIS_IMAGE=\n')).toBe(imageDefaults.get('REDIS_IMAGE'));
    expect(chosen('REDIS_IMAGE', `export REDIS_IMAGE="mirror.example/redis:7@${digest}" # old\n`)).toBe(
      'mirror.example/redis:7',
    );
    expect(chosen('REDIS_IMAGE', 'REDIS_IMAGE=redis')).toBe('redis:latest');
  });

  test.each([
    ['SHOAL_IMAGE_TAG', '', {}, /names no image: .*NODE_IMAGE/],
    ['REDIS_IMAGE', '', { REDIS_IMAGE: 'redis:7' }, /set in the environment/],
    ['REDIS_IMAGE', '', { REDIS_IMAGE: '' }, /set in the environment/],
    ['REDIS_IMAGE', `REDIS_IMAGE=redis@${digest}`, {}, /has no tag/],
    ['REDIS_IMAGE', 'REDIS_IMAGE=${MIRROR}/redis:8', {}, /is not name:tag/],
  ])('%s is refused with "%s" in the file and %o around', (name, text, environment, reason) => {
    expect(() => chosen(name, text, environment)).toThrow(reason);
  });
});

describe('a value in .env', () => {
  test.each([
    ['', 'REDIS_IMAGE=redis:8@x\n'],
    ['A=1', 'A=1\nREDIS_IMAGE=redis:8@x\n'],
    ['A=1\nREDIS_IMAGE=redis:7\nB=2\n', 'A=1\nREDIS_IMAGE=redis:8@x\nB=2\n'],
    ["  export REDIS_IMAGE = 'redis:7'  # why\n", '  export REDIS_IMAGE =redis:8@x  # why\n'],
    ['# REDIS_IMAGE=redis:7\n', '# REDIS_IMAGE=redis:7\nREDIS_IMAGE=redis:8@x\n'],
    ['OTHER_REDIS_IMAGE=a\r\nREDIS_IMAGE=b\r\n', 'OTHER_REDIS_IMAGE=a\r\nREDIS_IMAGE=redis:8@x\r\n'],
    ['REDIS_IMAGE=a\nREDIS_IMAGE=b\n', 'REDIS_IMAGE=a\nREDIS_IMAGE=redis:8@x\n'],
  ])('%j becomes %j', (before, after) => {
    expect(set(before)).toBe(after);
  });

  test('is left alone where another one would change with it', () => {
    expect(() => set("NOTE='\nREDIS_IMAGE=a\n'\n")).toThrow(/cannot be edited safely/);
  });
});

test('a component for kustomize wants an image that Kubernetes runs', () => {
  const read = (name: string) => chosenImages([name], '', {}).map((image) => ({ ...image, digest }));
  expect(kustomizeComponent(read('REDIS_IMAGE'))).toContain(`digest: ${digest}`);
  expect(() => kustomizeComponent(read('NODE_IMAGE'))).toThrow(/REDIS_IMAGE only/);
});
