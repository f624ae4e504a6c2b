/**
 * Step 2 of the flow: which of the admitted formats an upload claims to be, by its first bytes; what the client says
 * about the type is never asked. A gate and not a proof: whether the rest decodes is the worker's to find out.
 * Own lines and not the `file-type` library, because what is wanted is the short list of what we admit and not the
 * name of everything else: it stays synchronous, and nothing new slips in with an upgrade of somebody's table.
 */
import type { MediaType } from '@shoal/shared/contract';

/** Returns undefined for everything that is not admitted: SVG, HEIC, BMP, PDF, text, nothing at all. */
export function sniffImage(bytes: Uint8Array): MediaType | undefined {
  if (startsWith(bytes, '\xff\xd8\xff')) return 'image/jpeg';
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return 'image/webp';
  if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return 'image/gif';
  if (tiffSignatures.some((signature) => startsWith(bytes, signature))) return 'image/tiff';
  if (isAvif(bytes)) return 'image/avif';
  return undefined;
}

// Byte order, then 42, or 43 for BigTIFF.
const tiffSignatures = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'];

/** Reads the ISO base media `ftyp` box: its length, its name, the major brand, a version, then compatible brands. */
function isAvif(bytes: Uint8Array): boolean {
  if (!startsWith(bytes, 'ftyp', 4)) return false;
  if (startsWith(bytes, 'avif', 8) || startsWith(bytes, 'avis', 8)) return true;
  // `mif1` and `msf1` only say "some image, some sequence"; the codec is then among the compatible brands.
  if (!startsWith(bytes, 'mif1', 8) && !startsWith(bytes, 'msf1', 8)) return false;
  const boxLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  const end = Math.min(boxLength, bytes.length);
  for (let at = 16; at + 4 <= end; at += 4)
    if (startsWith(bytes, 'avif', at) || startsWith(bytes, 'avis', at)) return true;
  return false;
}

function startsWith(bytes: Uint8Array, signature: string, offset = 0): boolean {
  for (let i = 0; i < signature.length; i++) if (bytes[offset + i] !== signature.charCodeAt(i)) return false;
  return true;
}
