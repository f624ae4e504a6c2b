/** Puts generated parts between the marks of a document, and leaves everything else as its author wrote it. */

const mark = /<!-- generated: (\w+) -->\n[\s\S]*?<!-- end of \1 -->/g;

/** Throws an Error when the document has no place for a part, or a place for one that there is not. */
export function writeParts(document: string, parts: Readonly<Record<string, string>>): string {
  const placed = new Set<string>();
  const written = document.replaceAll(mark, (_whole, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`there is no part "${name}"`);
    placed.add(name);
    return `<!-- generated: ${name} -->\n\n${part}\n\n<!-- end of ${name} -->`;
  });
  const missing = Object.keys(parts).filter((name) => !placed.has(name));
  if (missing.length > 0) throw new Error(`no place is marked for ${missing.join(', ')}`);
  return written;
}
