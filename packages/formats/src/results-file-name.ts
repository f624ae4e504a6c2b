/**
 * The name under which results are saved: the scheme that people's scripts already look for.
 * @param name of the picture, or of what the run was about
 * @param fileEnding with its dot
 */
export function resultsFileName(name: string, at: Date, fileEnding = '.json'): string {
  // A path separator would be taken for a folder, and some browsers refuse the whole name.
  const flat = name.replaceAll(/[\\/]/g, '_') || 'picture';
  return `Results__${flat}__${at.toISOString()}${fileEnding}`;
}
