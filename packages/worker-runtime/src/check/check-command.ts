/**
 * `node apps/worker-<family>/src/main.ts check FOLDER`: reads the arguments, prints the report and says by the exit status
 * whether the folder can be served: 0 yes, 1 no, 2 when it was not asked in a way that can be answered.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { SettingsError, readSettings } from '@shoal/shared/service';
import type { ModelAdapter } from '../adapter.ts';
import { ImageError } from '../flow/decode-image.ts';
import { prepareRuntime } from '../inference/thread.ts';
import { OtherFamilyError } from '../model-folder/index.ts';
import { checkFolder, type CheckPicture } from './check-folder.ts';
import type { CheckReport } from './check-report.ts';
import { encodePng } from './encode-png.ts';
import { renderReport } from './render-report.ts';
import { saveDrawing } from './save-drawing.ts';
import { syntheticScene } from './synthetic-scene.ts';

const usage = 'check FOLDER [--image FILE] [--out FILE.png] [--json]';

/** The caller's doing: said in a sentence, with status 2. */
class UsageError extends Error {}

interface Arguments {
  readonly dir: string;
  readonly image: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
}

/** Resolves to the exit status. A parent that listens is told of another family instead of the person. */
export async function checkCommand(adapter: ModelAdapter, argv: readonly string[]): Promise<number> {
  try {
    const asked = readArguments(argv);
    const report = await check(adapter, asked);
    console.log(asked.json ? JSON.stringify(report) : renderReport(report));
    return report.isServable ? 0 : 1;
  } catch (error) {
    if (error instanceof OtherFamilyError && process.send !== undefined) {
      process.send({ family: error.family });
      return 1;
    }
    if (!isForAPerson(error)) throw error;
    console.error(error.message);
    return error instanceof OtherFamilyError ? 1 : 2;
  }
}

function readArguments(argv: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        image: { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const [dir, ...others] = positionals;
    if (dir === undefined || others.length > 0)
      throw new Error(`expected one folder, found ${positionals.length}`);
    return { dir, image: values.image, out: values.out, json: values.json };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`, { cause: error });
  }
}

async function check(adapter: ModelAdapter, { dir, image, out }: Arguments): Promise<CheckReport> {
  prepareRuntime();
  // Of this one setting only: what is wrong with the others is no finding about a folder.
  const { SHOAL_IMAGE_PIXELS_MAX } = process.env;
  const settings = readSettings({ SHOAL_IMAGE_PIXELS_MAX });
  const picture = await readPicture(image);
  const report = await checkFolder(adapter, dir, picture, settings);
  if (out === undefined || report.run === undefined) return report;
  try {
    await saveDrawing(out, picture.bytes, report.run, settings.SHOAL_IMAGE_PIXELS_MAX);
  } catch (error) {
    throw new UsageError(`the boxes cannot be drawn into ${out}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return { ...report, run: { ...report.run, drawnTo: out } };
}

async function readPicture(image: string | undefined): Promise<CheckPicture> {
  if (image === undefined) return { bytes: await encodePng(syntheticScene()) };
  try {
    return { name: image, bytes: await readFile(image) };
  } catch (error) {
    throw new UsageError(`the picture ${image} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isForAPerson(error: unknown): error is Error {
  return [UsageError, OtherFamilyError, ImageError, SettingsError].some((kind) => error instanceof kind);
}
