/** Values that the description shows. They are of the demo model and the sample scenes, as a real answer has them. */

const id = '01a1f93c-89d6-7502-8ce3-368aebdb0ca3';

export const succeeded = {
  id,
  status: 'succeeded',
  task: 'detection',
  model: { name: 'demo-yolo', version: '43f7b9871218' },
  device: 'cpu',
  image: { width: 640, height: 512 },
  detections: [
    {
      label: 'circle',
      classId: 0,
      score: 0.995482,
      box: { x1: 512.6634, y1: 174.3329, x2: 602.995, y2: 264.1376 },
    },
  ],
  timings: { queueMs: 11, decodeMs: 17, batchMs: 1, inferMs: 6.68, unpackMs: 0.12, totalMs: 39 },
};

export const open = { id, status: 'queued', place: 1, estimatedMs: 140 };

export const failed = {
  id,
  status: 'failed',
  error: { code: 'image_undecodable', message: 'the picture is broken or ends too early' },
};

export const canceled = {
  id,
  status: 'canceled',
  error: { code: 'canceled', message: 'canceled on request' },
};

export const expired = {
  id,
  status: 'expired',
  error: { code: 'deadline_exceeded', message: 'the deadline passed before the picture was processed' },
};

/** Of a list, a picture that was refused before it was a prediction. */
export const refused = {
  status: 'failed',
  error: {
    code: 'media_type_unsupported',
    message: 'expected JPEG, PNG, WebP, TIFF, AVIF or GIF, came something else',
  },
};

export const legacy = {
  success: true,
  predictions: [{ category_id: 'circle', scores: [0.995482], bbox: [512.6634, 174.3329, 602.995, 264.1376] }],
};

export const model = {
  name: 'demo-yolo',
  title: 'Demo shapes, YOLOv5 layout',
  aliases: [],
  task: 'detection',
  version: '43f7b9871218',
  labels: ['circle', 'square', 'triangle'],
  defaults: { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false },
  input: { fit: 'letterbox' },
  state: 'ready',
  workers: [{ id: 'demo-yolo-1', device: 'cpu', state: 'ready' }],
  queue: { waiting: 0, active: 0, oldestMs: 0 },
};

export const events = [
  'event: state',
  `data: ${JSON.stringify(open)}`,
  'retry: 1000',
  '',
  'event: result',
  `data: ${JSON.stringify(succeeded)}`,
  '',
  '',
].join('\n');
