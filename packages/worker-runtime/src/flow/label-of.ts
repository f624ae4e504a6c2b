/** A class without a name still has an index to show. */
export function labelOf(classId: number, labels: readonly string[]): string {
  return labels[classId] ?? `class_${classId}`;
}
