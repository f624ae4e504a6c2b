/** Under which terms the packages that are shipped come, and that a new one does not change them unseen. */
import { describe, expect, test } from 'vitest';
import { licenseOf, shippedPackages } from './locked-packages.ts';
import { project } from './project.ts';

/** They ask for no more than to be named. */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  // Gives up all rights.
  'Unlicense',
]);

/** libvips and what it is built from: a library of its own in the image, which its user may replace. */
const lesser = /^@img\/sharp-libvips-/;

function refusal(name: string, license: string): string | undefined {
  if (
    license
      .replaceAll(/[()]/g, '')
      .split(' OR ')
      .some((choice) => permissive.has(choice))
  )
    return undefined;
  if (lesser.test(name) && license === 'LGPL-3.0-or-later') return undefined;
  return `${name} comes under ${license}: look at it, then add it to this test or take the package out`;
}

describe('licenses', () => {
  test('every package that is shipped comes under terms that were looked at', () => {
    const known = shippedPackages(project).flatMap((locked) => {
      const license = licenseOf(locked);
      return license === undefined ? [] : [{ ...locked, license }];
    });
    expect(known.length).toBeGreaterThan(100);
    expect(
      known.map(({ name, license }) => refusal(name, license)).filter((sentence) => sentence !== undefined),
    ).toEqual([]);
  });

  test.each([
    'AGPL-3.0-only',
    'GPL-3.0',
    'LGPL-3.0-or-later',
    'UNLICENSED',
    'none',
    'SEE LICENSE IN LICENSE',
  ])('a package under %s is noticed', (license) => {
    expect(refusal('planted', license)).toContain(`planted comes under ${license}`);
  });

  test('of several terms one may be chosen', () => {
    expect(refusal('planted', '(MIT OR GPL-3.0)')).toBeUndefined();
    expect(refusal('planted', '(AGPL-3.0 OR GPL-3.0)')).toBeDefined();
  });
});
