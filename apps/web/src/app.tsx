/** The page's one story: choose a picture and a model, run, look. It wires the parts and holds no markup of theirs. */
import { useEffect, useReducer, useState } from 'preact/hooks';
import { KeyDialog } from './access/key-dialog.tsx';
import { keptKey, useKey } from './access/use-key.ts';
import { AnswerJson } from './answer/answer-json.tsx';
import { Timings } from './answer/timings.tsx';
import { ResultsPanel } from './detections/results-panel.tsx';
import { atLeast } from './detections/minimum-score.ts';
import { ScoreSlider } from './detections/score-slider.tsx';
import { Stage } from './detections/stage.tsx';
import { ModelChooser } from './model/model-chooser.tsx';
import { useModels } from './model/use-models.ts';
import { chosenModel, INITIAL_STATE, reduce, scoreRange } from './page-state.ts';
import { FilePicker } from './picture/file-picker.tsx';
import { useFileArrivals } from './picture/use-file-arrivals.ts';
import { useObjectUrl } from './picture/use-object-url.ts';
import { RunBar } from './run/run-bar.tsx';
import { useRun } from './run/use-run.ts';

export function App() {
  const [state, dispatch] = useReducer(reduce, INITIAL_STATE, (initial) => ({
    ...initial,
    apiKey: keptKey(),
  }));
  const [isKeyPutOff, setKeyPutOff] = useState(false);
  const { give, forget } = useKey(dispatch);
  const [activeIndex, setActiveIndex] = useState<number | undefined>(undefined);
  useModels(state.apiKey, dispatch);
  const { takeFiles, dragging } = useFileArrivals(dispatch);
  const pictureUrl = useObjectUrl(state.file);
  const model = chosenModel(state);
  const { start, cancel } = useRun(state.file, model, state.apiKey, dispatch);

  const answer = state.run.kind === 'answered' ? state.run.answer : undefined;
  const { floor, minScore } = scoreRange(state);
  const shown = atLeast(answer?.prediction.detections ?? [], minScore);
  // An index into another answer, or into one filtered differently, would point at the wrong box.
  useEffect(() => setActiveIndex(undefined), [answer, minScore]);
  // Asked for again whenever the server asks again.
  useEffect(() => setKeyPutOff(false), [state.keyRefusal, state.apiKey]);
  const isKeyAsked = state.keyRefusal !== 'none';

  return (
    <div class={dragging ? 'app app-dragging' : 'app'}>
      <header class="masthead">
        <img class="mark" src="./favicon.svg" alt="" width="28" height="28" />
        <h1>Shoal</h1>
        <p>See what a model finds in a picture.</p>
        {isKeyAsked && (
          <button type="button" class="button button-small" onClick={() => setKeyPutOff(false)}>
            Enter a key
          </button>
        )}
        {state.apiKey !== undefined && (
          <button type="button" class="button button-small" onClick={forget}>
            Forget my key
          </button>
        )}
      </header>
      <KeyDialog
        refusal={state.keyRefusal}
        open={isKeyAsked && !isKeyPutOff}
        onGive={give}
        onClose={() => setKeyPutOff(true)}
      />
      <main class="workbench">
        <form
          class="card controls"
          aria-label="What to run"
          onSubmit={(event) => {
            event.preventDefault();
            if (state.run.kind !== 'running') start();
          }}
        >
          <FilePicker file={state.file} notice={state.fileNotice} onFiles={takeFiles} />
          <ModelChooser
            models={state.models}
            listState={state.modelList}
            chosen={model}
            onChoose={(name) => dispatch({ type: 'model-chosen', name })}
          />
          <ScoreSlider
            floor={floor}
            value={minScore}
            onMove={(value) => dispatch({ type: 'min-score-moved', minScore: value })}
          />
          <RunBar
            run={state.run}
            ready={state.file !== undefined && model !== undefined}
            shown={shown}
            onCancel={cancel}
          />
        </form>
        <Stage
          fileName={state.file?.name ?? ''}
          pictureUrl={pictureUrl}
          answeredSize={answer?.prediction.image}
          detections={shown}
          running={state.run.kind === 'running'}
          activeIndex={activeIndex}
          onActive={setActiveIndex}
        />
        <ResultsPanel
          answer={answer}
          pictureName={state.file?.name ?? ''}
          shown={shown}
          activeIndex={activeIndex}
          onActive={setActiveIndex}
        />
        {answer !== undefined && (
          <section class="card fine-print" aria-label="The answer">
            <Timings timingsMs={answer.prediction.timingsMs} />
            <AnswerJson body={answer.body} />
          </section>
        )}
      </main>
    </div>
  );
}
