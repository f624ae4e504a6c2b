/**
 * What an empty stage invites to: files of one's own, or scenes to try the page with. The scenes are those of
 * `examples/`, saved as WebP so that they weigh next to nothing.
 */
import { useState } from 'preact/hooks';

const SCENES = [
  {
    name: 'scene-1.webp',
    url: new URL('./scenes/scene-1.webp', import.meta.url).href,
    words: 'two squares, two circles and a triangle',
  },
  {
    name: 'scene-2.webp',
    url: new URL('./scenes/scene-2.webp', import.meta.url).href,
    words: 'four squares and two circles',
  },
  {
    name: 'scene-3.webp',
    url: new URL('./scenes/scene-3.webp', import.meta.url).href,
    words: 'three squares, two triangles and a circle',
  },
  {
    name: 'scene-4.webp',
    url: new URL('./scenes/scene-4.webp', import.meta.url).href,
    words: 'two circles and a triangle',
  },
] as const;

type Scene = (typeof SCENES)[number];

interface SampleScenesProps {
  readonly onFiles: (files: readonly File[]) => void;
}

export function SampleScenes({ onFiles }: SampleScenesProps) {
  const [isLost, setLost] = useState(false);
  const take = async (scenes: readonly Scene[]): Promise<void> => {
    try {
      onFiles(await Promise.all(scenes.map(fetchScene)));
    } catch {
      setLost(true);
    }
  };
  return (
    <div class="samples">
      <p id="samples-words">Nothing at hand? Try one of these.</p>
      <ul role="list" aria-labelledby="samples-words">
        {SCENES.map((scene) => (
          <li key={scene.name}>
            <button
              type="button"
              class="sample"
              aria-label={`Sample: ${scene.words}`}
              onClick={() => void take([scene])}
            >
              <img src={scene.url} alt="" width="96" height="76" />
            </button>
          </li>
        ))}
        <li>
          <button type="button" class="sample sample-all" onClick={() => void take(SCENES)}>
            All four
          </button>
        </li>
      </ul>
      {isLost && (
        <p class="notice" role="alert">
          The samples are with the server, and it cannot be reached. Choose a picture of your own, or try
          again.
        </p>
      )}
    </div>
  );
}

async function fetchScene({ name, url }: Scene): Promise<File> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return new File([await response.blob()], name, { type: 'image/webp' });
}
