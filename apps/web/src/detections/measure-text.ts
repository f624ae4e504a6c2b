/** How wide a name will be when drawn. A canvas measures without touching the page's layout. */
let context: CanvasRenderingContext2D | null | undefined;

/** The same names come again at every movement of the picture. */
const known = new Map<string, number>();
const KNOWN_MAX = 5_000;

/**
 * @param font a CSS font, the same that the drawing uses
 * @returns CSS pixels
 */
export function measureText(text: string, font: string): number {
  const key = `${font} ${text}`;
  const measured = known.get(key);
  if (measured !== undefined) return measured;
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * 7;
  context.font = font;
  const { width } = context.measureText(text);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, width);
  return width;
}
