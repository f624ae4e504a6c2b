/** A model of a running server as a side of a comparison: it is asked at low priority, and its pictures fail one by one. */
import type { MapItem } from '@shoal/client';
import { fileImage, type FileImage } from '@shoal/client/node';
import { commandErrorOf, concernsAll, connect, type ServerOptions } from '../ask-server.ts';
import type { FoundPicture } from '../pictures/walk-pictures.ts';
import { chooseModel } from '../prediction-options.ts';
import type { PictureAnswer, Side } from './side.ts';

/** For each picture: what has other things to do first may take long, and a server that went away must end it. */
const pictureBudgetMs = 600_000;

export interface ModelQuestion {
  readonly name: string;
  readonly server: ServerOptions;
  readonly minScore: number | undefined;
  readonly concurrency: number;
}

interface NamedImage extends FileImage {
  /** From the folder on. */
  readonly file: string;
}

/** Throws a CommandError where the server or the model is not there. */
export async function openModelSide({ name, server, minScore, concurrency }: ModelQuestion): Promise<Side> {
  const client = await connect(server);
  const model = await chooseModel(client, server.url, name);
  return {
    title: `${model.name} ${model.version} at ${server.url}`,
    async *answers(pictures, signal) {
      const items = client.map(toImages(pictures), {
        model: model.name,
        minScore,
        concurrency,
        signal,
        priority: 'low',
        budgetMs: pictureBudgetMs,
        returnExceptions: true,
      });
      for await (const item of items) {
        if (item.error !== undefined && concernsAll(item.error)) throw commandErrorOf(item.error, server.url);
        yield toAnswer(item);
      }
    },
    close: () => Promise.resolve(),
  };
}

async function* toImages(pictures: AsyncIterable<FoundPicture>): AsyncGenerator<NamedImage> {
  for await (const { path, name } of pictures) yield { ...fileImage(path), file: name };
}

function toAnswer({ input, prediction, error }: MapItem<NamedImage>): PictureAnswer {
  if (prediction === undefined) return { file: input.file, problem: error.message };
  return { file: input.file, image: prediction.image, detections: prediction.detections };
}
