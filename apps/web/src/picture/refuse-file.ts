/**
 * Says in words why a file cannot be sent, or nothing. Only what is certain from its name and type is refused here:
 * which pictures the server takes is for the server to say, which looks at the bytes.
 */
interface NamedFile {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

export function refuseFile(file: NamedFile): string | undefined {
  if (file.size === 0) return `“${file.name}” is empty. Choose another file.`;
  if (file.type.startsWith('video/')) {
    return `“${file.name}” is a video, and this page takes pictures only for now. Save a frame of it as an image and choose that.`;
  }
  if (file.type === 'image/svg+xml') {
    return `“${file.name}” is a drawing (SVG), not a photograph. Save it as a PNG and choose that.`;
  }
  // An empty type is what browsers say of endings they do not know; some pictures are among those.
  if (file.type !== '' && !file.type.startsWith('image/')) {
    return `“${file.name}” is not an image. Choose a JPEG, PNG or WebP file.`;
  }
  return undefined;
}
