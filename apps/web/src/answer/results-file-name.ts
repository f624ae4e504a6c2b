/** The name under which an answer is saved: the scheme that people's scripts already look for. */
export function resultsFileName(pictureName: string, at: Date): string {
  // A path separator would be taken for a folder, and some browsers refuse the whole name.
  const name = pictureName.replaceAll(/[\\/]/g, '_') || 'picture';
  return `Results__${name}__${at.toISOString()}.json`;
}
