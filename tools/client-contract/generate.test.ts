import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { contractFile, generate } from './generate.ts';
import { writeInterfaces } from './write-interfaces.ts';

test('the client has the types of the API as it is described now; `npm run client-types` writes them', async () => {
  expect(await readFile(contractFile, 'utf8')).toBe(await generate());
});

test('a schema becomes what TypeScript says of it', () => {
  const written = writeInterfaces({
    Reef: {
      type: 'object',
      description: 'Where fish live.',
      required: ['name', 'fish'],
      properties: {
        name: { type: 'string', minLength: 1 },
        depthM: { type: 'integer', description: 'Below the surface.' },
        fish: { type: 'array', items: { $ref: '#/components/schemas/Fish' } },
      },
    },
    Fish: {
      oneOf: [
        { type: 'string', enum: ['cod', 'eel'] },
        { type: 'boolean', const: false },
      ],
    },
  });
  expect(written).toBe(
    [
      'export type Fish = "cod" | "eel" | false;',
      '',
      '/** Where fish live. */',
      'export interface Reef {',
      'readonly name: string;',
      '/** Below the surface. */',
      'readonly depthM?: number;',
      'readonly fish: readonly (Fish)[];',
      '}',
    ].join('\n'),
  );
});

test('a schema that it does not understand stops it, and is named', () => {
  const odd = { type: 'object', properties: { depth: { not: { type: 'string' } } } };
  expect(() => writeInterfaces({ Reef: odd })).toThrow(/^Reef\.depth: .*"not"/);
});
