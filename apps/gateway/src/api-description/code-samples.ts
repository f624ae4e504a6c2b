/** One command a route, as it is typed in the checkout while `npm start` runs. A test runs each of them. */

const base = 'http://127.0.0.1:8080';
const picture = 'examples/scene_2033_0_640x512.jpg';
const id = '01a1f93c-89d6-7502-8ce3-368aebdb0ca3';

const commands: Readonly<Record<string, string>> = {
  predict: `curl -F model=demo-yolo -F image=@${picture} ${base}/v1/predictions`,
  getPrediction: `curl -H 'Prefer: wait=10' ${base}/v1/predictions/${id}`,
  cancelPrediction: `curl -X DELETE ${base}/v1/predictions/${id}`,
  followPrediction: `curl -N ${base}/v1/predictions/${id}/events`,
  listModels: `curl ${base}/v1/models`,
  getModel: `curl ${base}/v1/models/demo-yolo`,
  predictLegacy: `curl -F model_type=demo-yolo -F file=@${picture} ${base}/predictor`,
  isAlive: `curl ${base}/livez`,
  isReady: `curl ${base}/readyz`,
  describeApi: `curl ${base}/openapi.json`,
};

export function codeSamples(operationId: string): {
  'x-codeSamples'?: readonly { lang: 'Shell'; label: 'curl'; source: string }[];
} {
  const source = commands[operationId];
  return source === undefined ? {} : { 'x-codeSamples': [{ lang: 'Shell', label: 'curl', source }] };
}
