/** `npm run sbom`: writes the bill of materials to a file, `.data/sbom.cdx.json` or the one that is named. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { billOfMaterials } from './bill-of-materials.ts';
import { root } from './run-pnpm.ts';

const [given] = process.argv.slice(2);
const file = given === undefined ? join(root, '.data', 'sbom.cdx.json') : resolve(given);
try {
  const bill = await billOfMaterials();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`);
  console.log(`${file}: CycloneDX ${bill.specVersion}, ${bill.components.length} components`);
} catch (error) {
  console.error(`No bill of materials: ${(error as Error).message}`);
  process.exitCode = 1;
}
