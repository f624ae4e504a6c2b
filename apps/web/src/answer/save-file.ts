/** Saves bytes as a file through the browser's own download. */
export function saveFile(content: Blob, fileName: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = fileName;
  link.click();
  // The browser has the bytes once the click was handled; freeing the address in the same turn would race it.
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
