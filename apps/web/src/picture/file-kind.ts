/**
 * Tells pictures and videos from what cannot be sent, by what is certain from a file's name and type. Which pictures
 * the server takes is for the server to say, which looks at the bytes.
 */
export interface NamedFile {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

export type FileKind =
  | { readonly kind: 'picture' }
  | { readonly kind: 'video' }
  | { readonly kind: 'refused'; readonly words: string };

/** Browsers give no type to endings that they do not know; some pictures and videos are among those. */
const PICTURE_ENDING = /\.(?:jpe?g|jpe|jfif|png|webp|tiff?|avif|gif)$/i;
const VIDEO_ENDING = /\.(?:mp4|m4v|mov|webm|mkv|avi|mts|m2ts|mpe?g|ogv)$/i;

/** @param isAlone somebody chose this very file, rather than a folder with it in it */
export function kindOf(file: NamedFile, isAlone: boolean): FileKind {
  if (file.size === 0) return refused(`“${file.name}” is empty. Choose another file.`);
  if (file.type === 'image/svg+xml') {
    return refused(`“${file.name}” is a drawing (SVG), not a photograph. Save it as a PNG and choose that.`);
  }
  if (file.type.startsWith('image/')) return { kind: 'picture' };
  if (file.type.startsWith('video/') || VIDEO_ENDING.test(file.name)) return { kind: 'video' };
  if (file.type === '' && (isAlone || PICTURE_ENDING.test(file.name))) return { kind: 'picture' };
  return refused(
    `“${file.name}” is not an image or a video. Choose a JPEG, PNG, WebP, TIFF, AVIF or GIF file, or a video.`,
  );
}

function refused(words: string): FileKind {
  return { kind: 'refused', words };
}
