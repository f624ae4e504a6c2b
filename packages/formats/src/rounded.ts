/** A number with at most so many decimals, and never `-0`, which programs print in several ways. */
export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale + 0;
}
