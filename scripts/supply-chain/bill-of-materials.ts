/**
 * The bill of materials of what is shipped: CycloneDX, written by pnpm itself. The lock file says what there is, for
 * every platform, with its digests; what is installed here adds licenses and descriptions. Base images are not in it.
 */
import { runPnpm, type Ended } from './run-pnpm.ts';

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
  readonly externalReferences?: readonly {
    readonly type: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
}

export interface BillOfMaterials {
  readonly specVersion: string;
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const format = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-spec-version', '1.6'];
const shipped = [...format, '--sbom-type', 'application', '--prod'];

/** Throws `NoPnpmError`, or an error with pnpm's own words. */
export async function billOfMaterials(): Promise<BillOfMaterials> {
  const locked = parse(await runPnpm([...shipped, '--lockfile-only']));
  const installed = parse(await runPnpm(shipped));
  const known = new Map(installed.components.map((component) => [component.purl, component]));
  return {
    ...locked,
    components: locked.components.map((component) => known.get(component.purl) ?? component),
  };
}

function parse({ code, stdout, stderr }: Ended): BillOfMaterials {
  if (code !== 0) throw new Error(`pnpm sbom failed: ${stderr.trim()}`);
  return JSON.parse(stdout) as BillOfMaterials;
}
