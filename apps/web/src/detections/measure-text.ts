/** How wide a name will be when drawn. A canvas measures without touching the page's layout. */
let context: CanvasRenderingContext2D | null | undefined;

/**
 * @param font a CSS font, the same that the drawing uses
 * @returns CSS pixels
 */
export function measureText(text: string, font: string): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * 7;
  context.font = font;
  return context.measureText(text).width;
}
