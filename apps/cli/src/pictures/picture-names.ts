/** Which files are pictures, by their names alone; servers look at the bytes. */
import { extname } from 'node:path';

const mediaTypes: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.avif': 'image/avif',
  '.gif': 'image/gif',
};

export const pictureExtensions = Object.keys(mediaTypes);

export function mediaTypeOf(fileName: string): string {
  return mediaTypes[extname(fileName).toLowerCase()] ?? 'application/octet-stream';
}

/** Names that begin with a dot are what systems leave beside pictures: `._reef.jpg` is none. */
export const isPictureName = (fileName: string): boolean =>
  !fileName.startsWith('.') && extname(fileName).toLowerCase() in mediaTypes;
