/** Saves a value as a JSON file through the browser's own download. */
export function downloadJson(value: unknown, fileName: string): void {
  const blob = new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName;
  link.click();
  // The browser has the bytes once the click was handled; freeing the address in the same turn would race it.
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
