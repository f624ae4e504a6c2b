/** The examples in other languages do as they say: they try again, and never make a second prediction of it. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startFlakyProxy, type FlakyProxy, type Turn } from '../support/flaky-proxy.ts';
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';

const picture = 'examples/scene_2033_0_640x512.jpg';

/** Whether a program runs here and ends well. */
function runs(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const languages = [
  {
    name: 'Python',
    isThere: runs('python3', ['-c', 'import requests']),
    command: (url: string, model: string, seconds: string) => [
      'python3',
      'examples/python/predict.py',
      '--url',
      url,
      '--model',
      model,
      '--deadline',
      seconds,
      picture,
    ],
  },
  {
    name: 'R',
    isThere: runs('Rscript', ['-e', 'library(httr2); library(jsonlite)']),
    command: (...[url, model, seconds]: readonly string[]) => [
      'Rscript',
      'examples/r/predict.R',
      url!,
      model!,
      picture,
      seconds!,
    ],
  },
  {
    name: 'Java',
    isThere: runs('javac', ['--version']),
    command: (...[url, model, seconds]: readonly string[]) => [
      'java',
      'examples/java/Predict.java',
      url!,
      model!,
      picture,
      seconds!,
    ],
  },
];

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ models: ['demo-yolo'] });
});

afterAll(() => stack.stop());

async function flaky(...turns: Turn[]): Promise<FlakyProxy> {
  const proxy = await startFlakyProxy(stack.url, turns);
  onTestFinished(() => proxy.stop());
  return proxy;
}

async function type(command: readonly string[]): Promise<{ status: number; output: string; words: string }> {
  const [program = '', ...args] = command;
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: repository });
    return { status: 0, output: stdout, words: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, output: stdout, words: stderr };
  }
}

describe.each(languages)('$name', ({ isThere, command }) => {
  test.skipIf(!isThere)('a refusal and a lost answer are one prediction in the end', async () => {
    const proxy = await flaky('refuse', 'lose', 'pass');
    const { status, output, words } = await type(command(proxy.url, 'demo-yolo', '30'));
    expect({ status, words }).toEqual({ status: 0, words: '' });
    for (const shape of ['circle', 'square', 'triangle']) expect(output).toContain(shape);
    expect(proxy.seen).toHaveLength(3);
    const [first, lost, last] = proxy.seen;
    expect(first!.headers['idempotency-key']).toMatch(/^[\da-f-]{32,36}$/);
    for (const { headers } of proxy.seen) {
      expect(headers['idempotency-key']).toBe(first!.headers['idempotency-key']);
    }
    expect(last!.answered?.headers['idempotent-replayed']).toBe('true');
    expect(last!.answered?.headers['x-prediction-id']).toBe(lost!.answered?.headers['x-prediction-id']);
  });

  test.skipIf(!isThere)('an answer that is final is told, and not asked for again', async () => {
    const proxy = await flaky();
    const { status, words } = await type(command(proxy.url, 'nothing', '30'));
    expect(status).toBe(1);
    expect(words).toContain('model_unknown');
    expect(proxy.seen).toHaveLength(1);
  });

  test.skipIf(!isThere)(
    'nobody waits past the deadline for a server that says to come back later',
    async () => {
      const proxy = await flaky('turnAway');
      const { status, words } = await type(command(proxy.url, 'demo-yolo', '20'));
      expect(status).toBe(1);
      expect(words).toContain('no answer before the deadline');
      expect(proxy.seen).toHaveLength(1);
    },
  );
});
