/** The end of a run, for people and for programs. */
import { countOf, describeDuration, printJson, say } from '../terminal.ts';
import type { Tally } from './tally.ts';

export interface RunEnd {
  readonly folder: string;
  readonly model: string;
  readonly tally: Tally;
  /** Failures of earlier runs that were not tried again. */
  readonly failedBefore: number;
  readonly isInterrupted: boolean;
  readonly out: string | undefined;
}

/** Where the results are lines on the standard output, nothing else goes there. */
export function tellEnd(end: RunEnd, isJson: boolean): void {
  if (!isJson) say(describeRun(end));
  else if (end.out === undefined) say(JSON.stringify(summaryAsJson(end)));
  else printJson(summaryAsJson(end));
}

function summaryAsJson({ folder, model, tally, failedBefore, isInterrupted, out }: RunEnd): unknown {
  return {
    folder,
    model,
    answered: tally.answered,
    failed: tally.failed,
    before: tally.before,
    failedBefore,
    failures: Object.fromEntries(tally.failures),
    warnings: tally.warnings,
    others: tally.others,
    unreadableFolders: tally.unreadableFolders,
    loops: tally.loops,
    detections: Object.fromEntries(tally.detections),
    seconds: Number(tally.elapsedS.toFixed(3)),
    isInterrupted,
    ...(out !== undefined && { out }),
  };
}

const labelsShown = 12;

function describeRun({ folder, model, tally, failedBefore, isInterrupted, out }: RunEnd): string {
  const found = [...tally.detections].toSorted(([, a], [, b]) => b - a);
  const shown = found.slice(0, labelsShown).map(([label, count]) => `${label} ${count}`);
  const failures = [...tally.failures].map(([code, count]) => `${code} ${count}`).join(', ');
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['answered', `${tally.answered}${tally.before === 0 ? '' : `, and ${tally.before} before`}`],
    ['failed', tally.failed === 0 ? '0' : `${tally.failed}: ${failures}`],
    ['failed before', failedBefore === 0 ? undefined : `${failedBefore}; --retry-failed tries them again`],
    ['warnings', tally.warnings === 0 ? undefined : `${countOf(tally.warnings, 'picture')} ended too early`],
    ['passed by', describeOthers(tally)],
    [
      'found',
      shown.length === 0
        ? 'nothing'
        : [
            ...shown,
            ...(found.length > labelsShown ? [`${found.length - labelsShown} more classes`] : []),
          ].join(', '),
    ],
    ['time', `${describeDuration(tally.elapsedS)}, ${tally.perS.toFixed(1)} pictures a second`],
    ['results', out],
  ];
  const lines = rows.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name.padEnd(14)}${text}`]));
  const title = `${folder} with ${model}${isInterrupted ? ', interrupted' : ''}`;
  const advice = isInterrupted && out !== undefined ? ['The same command goes on where this one ended.'] : [];
  return [title, ...lines, ...advice].join('\n');
}

function describeOthers({ others, loops, unreadableFolders }: Tally): string | undefined {
  const parts = [
    ...(others > 0 ? [`${countOf(others, 'file')} by whose name it is no picture`] : []),
    ...(loops > 0 ? [`${countOf(loops, 'link')} in a circle`] : []),
    ...(unreadableFolders > 0 ? [`${countOf(unreadableFolders, 'folder')} that could not be read`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}
