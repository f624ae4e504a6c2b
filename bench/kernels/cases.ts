/** All cases by name. A case is made ready in the thread that measures it, and nowhere else. */
import { packCases } from './pack-cases.ts';
import { suppressionCases } from './suppression-cases.ts';
import { unpackCases } from './unpack-cases.ts';

export interface KernelCase {
  readonly name: string;
  /** Makes the input, and gives the two ways to the same result. */
  readonly prepare: () => { readonly plain: () => unknown; readonly ours: () => unknown };
}

export const kernelCases: readonly KernelCase[] = [...packCases, ...unpackCases, ...suppressionCases];
