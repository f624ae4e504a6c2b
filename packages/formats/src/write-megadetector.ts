/**
 * MegaDetector's batch output, as Timelapse, AddaxAI and the MegaDetector package read it:
 * https://lila.science/megadetector-output-format. Names of failures are free there, and so is the order of the keys:
 * `images` comes first here, so that what is known at the end only can follow it.
 */
import { relativeXywh } from './box-forms.ts';
import { nothingLeftOut, type FormatWriter } from './format-writer.ts';
import type { FormatOptions } from './format-options.ts';
import { isAnswered, type PictureResult, type PredictedDetection } from './picture-result.ts';

const FORMAT_VERSION = '1.5';
/** What MegaDetector's own scripts keep. */
const USUAL_MIN_SCORE = 0.005;
/** Of the typical minimum score: as in the file's own example, and in MegaDetector 5. */
const CONSERVATIVE_PART = 0.25;
const SCORE_DECIMALS = 3;
const BOX_DECIMALS = 4;
/**
 * Programs look for these names under these numbers, whatever the order in the model. Other classes count from 1 in the
 * model's order: 0 is "empty" to Timelapse.
 */
const MEGADETECTOR_CATEGORIES: readonly string[] = ['animal', 'person', 'vehicle'];

/** Heeds `minScore` (else as MegaDetector), `labels`, `completedAt` and `typicalMinScore`. */
export function megadetectorWriter(options: FormatOptions): FormatWriter {
  const { minScore = USUAL_MIN_SCORE, labels = [] } = options;
  const ownNumbers = labels.length > 0 && labels.every((label) => MEGADETECTOR_CATEGORIES.includes(label));
  const categories = new Map<number, string>(
    (ownNumbers ? MEGADETECTOR_CATEGORIES : labels).map((label, index) => [index + 1, label]),
  );
  let written = 0;
  let detector: string | undefined;

  const categoryOf = ({ label, classId }: PredictedDetection): number => {
    const ownNumber = ownNumbers ? MEGADETECTOR_CATEGORIES.indexOf(label) + 1 : 0;
    const category = ownNumber || classId + 1;
    if (!categories.has(category)) categories.set(category, label);
    return category;
  };

  const image = (result: PictureResult): string => {
    const file = JSON.stringify(result.file);
    if (!isAnswered(result)) {
      const failure = JSON.stringify(`${result.error.code}: ${result.error.message}`);
      return `{"file": ${file}, "failure": ${failure}, "detections": null}`;
    }
    const { model, image: size, detections } = result.prediction;
    detector ??= `${model.name} ${model.version}`;
    const entries = detections
      .filter(({ score }) => score >= minScore)
      .map((detection) => entry(detection, categoryOf(detection), size));
    return `{"file": ${file}, "detections": [${entries.join(', ')}]}`;
  };

  const info = (): string =>
    JSON.stringify({
      format_version: FORMAT_VERSION,
      detector,
      detection_completion_time:
        options.completedAt && options.completedAt.toISOString().slice(0, 19).replace('T', ' '),
      detector_metadata:
        options.typicalMinScore === undefined
          ? undefined
          : {
              typical_detection_threshold: options.typicalMinScore,
              conservative_detection_threshold: options.typicalMinScore * CONSERVATIVE_PART,
            },
    });

  return {
    passCount: 1,
    leftOut: nothingLeftOut(),
    open: () => '{"images": [',
    picture: (result) => `${written++ === 0 ? '\n' : ',\n'}${image(result)}`,
    close: () => {
      const named = JSON.stringify(
        // A name may occur twice there, but not be blank.
        Object.fromEntries([...categories].map(([id, label]) => [id, label.trim() || `class_${id - 1}`])),
      );
      return `\n],\n"detection_categories": ${named},\n"info": ${info()}}\n`;
    },
  };
}

/** Written by hand: to readers in Python a score of `1` is no float, and is refused. */
function entry(
  { score, box }: PredictedDetection,
  category: number,
  image: { readonly width: number; readonly height: number },
): string {
  const bbox = relativeXywh(box, image).map((part) => float(part, BOX_DECIMALS));
  return `{"category": "${category}", "conf": ${float(score, SCORE_DECIMALS)}, "bbox": [${bbox.join(', ')}]}`;
}

function float(value: number, decimals: number): string {
  return value.toFixed(decimals).replace(/(\.\d+?)0+$/, '$1');
}
