/**
 * What of its machine this process may use: processors and memory, less where the control groups of a container say so.
 * `os.availableParallelism()` knows groups of version 2 only, and `process.availableMemory()` counts files that the kernel
 * would give up as used and looks at no group above its own; so the files are read here, in both versions.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, freemem, totalmem } from 'node:os';

export interface Allowance {
  /** Whole processors, at least one: what is left over of another decodes. */
  readonly cores: number;
  readonly bytesFree: number;
}

/** A file's content; undefined where it cannot be read. */
export type ReadText = (path: string) => string | undefined;

export function readAllowance(): Allowance {
  return withinGroups(readText, {
    cores: availableParallelism(),
    // Only Linux tells what it could free; elsewhere a machine that is not short of memory would seem to be.
    bytesFree: process.platform === 'linux' ? freemem() : totalmem(),
  });
}

/** `machine` is what there is without any groups. */
export function withinGroups(read: ReadText, machine: Allowance): Allowance {
  const folders = groupFolders(read('/proc/self/cgroup') ?? '');
  const processors = folders.map((folder) => processorsOf(read, folder));
  const bytes = folders.map((folder) => bytesLeftIn(read, folder));
  return {
    cores: Math.max(1, Math.floor(Math.min(machine.cores, ...processors))),
    bytesFree: Math.max(0, Math.min(machine.bytesFree, ...bytes)),
  };
}

/** Every folder whose limits hold for this process: those of its groups and of all groups above. */
function groupFolders(groups: string): readonly string[] {
  return groups.split('\n').flatMap((line) => {
    const [, hierarchy, controllers = '', path = ''] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (hierarchy === undefined) return [];
    if (controllers === '') return upwards('/sys/fs/cgroup', path);
    return ['cpu', 'memory']
      .filter((controller) => controllers.split(',').includes(controller))
      .flatMap((controller) => upwards(`/sys/fs/cgroup/${controller}`, path));
  });
}

/** In a container of version 1 the path is the host's, and what holds lies at the root: the other files are not there. */
function upwards(root: string, path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  return [root, ...names.map((_, index) => [root, ...names.slice(0, index + 1)].join('/'))];
}

function processorsOf(read: ReadText, folder: string): number {
  const [quota, period] =
    read(`${folder}/cpu.max`)?.split(/\s+/) ??
    [read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)].map((text) => text?.trim());
  // "max" in version 2, -1 in version 1.
  const processors = Number(quota) / Number(period);
  return processors > 0 ? processors : Infinity;
}

function bytesLeftIn(read: ReadText, folder: string): number {
  const limit = numberIn(read(`${folder}/memory.max`) ?? read(`${folder}/memory.limit_in_bytes`));
  const used = numberIn(read(`${folder}/memory.current`) ?? read(`${folder}/memory.usage_in_bytes`));
  // Files that were read and are not needed: the kernel gives them up first.
  const statistics = read(`${folder}/memory.stat`) ?? '';
  // With the groups below in version 1, where the shorter name is the group's own alone.
  const files = /^total_inactive_file (\d+)$/m.exec(statistics) ?? /^inactive_file (\d+)$/m.exec(statistics);
  return limit === undefined ? Infinity : limit - Math.max(0, (used ?? 0) - Number(files?.[1] ?? 0));
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
