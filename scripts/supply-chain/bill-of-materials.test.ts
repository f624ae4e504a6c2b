import { describe, expect, test } from 'vitest';
import { shippedPackages } from '../../tests/architecture/locked-packages.ts';
import { project } from '../../tests/architecture/project.ts';
import { billOfMaterials } from './bill-of-materials.ts';
import { NoPnpmError } from './run-pnpm.ts';

const ours = (purl: string): boolean => purl.startsWith('pkg:npm/%40shoal/');

describe('the bill of materials', () => {
  test('names every package of the lock file that is shipped, by version and digest, and nothing else', async ({
    skip,
  }) => {
    const bill = await billOfMaterials().catch((error: unknown) => {
      if (error instanceof NoPnpmError) return skip(error.message);
      throw error;
    });
    const expected = shippedPackages(project).map(({ name, version, integrity }) => {
      const digest = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
      return `pkg:npm/${name.replace('@', '%40')}@${version} ${digest}`;
    });
    const there = bill.components
      .filter(({ purl }) => !ours(purl))
      .map(({ purl, externalReferences = [] }) => {
        const hashes = externalReferences.flatMap((reference) => reference.hashes ?? []);
        return `${purl} ${hashes.find(({ alg }) => alg === 'SHA-512')?.content ?? 'no digest'}`;
      });
    expect(there.sort()).toEqual(expected.sort());
    expect(bill.specVersion).toBe('1.6');
    const licensed = bill.components.filter(({ licenses }) => (licenses?.length ?? 0) > 0);
    expect(licensed.length).toBeGreaterThan(100);
    const refs = new Set(bill.dependencies.map(({ ref }) => ref));
    expect(bill.components.filter(({ purl }) => !refs.has(purl))).toEqual([]);
  });
});
