/**
 * Error codes become words: what happened, and what a person can do about it. The server's own message, which knows
 * the particulars, is shown beside these. A code that this build does not know still gets a sentence.
 */

export interface Advice {
  readonly title: string;
  readonly whatToDo: string;
}

const BY_CODE: Readonly<Record<string, Advice>> = {
  upload_missing: { title: 'No picture arrived', whatToDo: 'Choose the picture again and press Run.' },
  options_invalid: {
    title: 'The server did not accept the settings',
    whatToDo: 'Reload the page: it may be older than the server.',
  },
  unauthorized: {
    title: 'This server asks for a key',
    whatToDo: 'Enter yours, then press Run. Whoever runs the server hands them out.',
  },
  model_unknown: { title: 'This model is gone', whatToDo: 'Choose another model from the list.' },
  prediction_unknown: { title: 'The answer is gone', whatToDo: 'Press Run to ask again.' },
  upload_timeout: {
    title: 'The upload took too long',
    whatToDo: 'Try again on a faster connection, or with a smaller picture.',
  },
  upload_too_large: {
    title: 'The file is too large for this server',
    whatToDo: 'Save the picture smaller, or as a JPEG, and choose it again.',
  },
  media_type_unsupported: {
    title: 'This file is not a picture that the server takes',
    whatToDo: 'Save it as a JPEG, PNG or WebP and choose that file.',
  },
  image_undecodable: {
    title: 'The picture is damaged',
    whatToDo: 'Open it in another program and save it again, or choose another picture.',
  },
  image_too_large: {
    title: 'The picture has too many pixels for this server',
    whatToDo: 'Scale it down and choose it again.',
  },
  idempotency_key_reused: { title: 'This request was made before', whatToDo: 'Press Run to ask anew.' },
  rate_limited: {
    title: 'Too many pictures in a minute from here',
    whatToDo: 'Your pictures stay in line, and go on by themselves when the minute is over.',
  },
  canceled: { title: 'The request was canceled', whatToDo: 'Press Run to start it again.' },
  overloaded: {
    title: 'The server is busy',
    whatToDo:
      'Its queue is full. Your pictures stay in line here, and go on by themselves when there is room.',
  },
  model_unavailable: {
    title: 'Nobody is serving this model right now',
    whatToDo: 'It goes on by itself when the model is back. Or cancel, and choose a model that is ready.',
  },
  redis_unavailable: {
    title: 'The server has lost its queue',
    whatToDo: 'It reconnects by itself, and your pictures go on then.',
  },
  shutting_down: {
    title: 'The server is restarting',
    whatToDo: 'Your pictures stay in line here, and go on by themselves in a moment.',
  },
  deadline_exceeded: {
    title: 'No answer in time',
    whatToDo: 'The model is busy or starting. Wait a little, then press Run.',
  },
  upload_lost: {
    title: 'The picture was lost on the way to the model',
    whatToDo: 'Press Run to send it again.',
  },
  model_failed: {
    title: 'The model failed on this picture',
    whatToDo: 'Try once more, or another model; if it stays, tell whoever runs this server.',
  },
  internal: {
    title: 'The server made a mistake',
    whatToDo: 'Try once more; if it stays, tell whoever runs this server.',
  },
  unreachable: {
    title: 'The server cannot be reached',
    whatToDo:
      'Check the connection. Your pictures stay in line here, and go on by themselves when it is back.',
  },
  picture_unreadable: {
    title: 'The browser cannot read this file any more',
    whatToDo: 'It was moved or changed since it was chosen. Choose it again.',
  },
  timed_out: { title: 'The server did not answer', whatToDo: 'Check the connection, then press Run.' },
};

const UNKNOWN: Advice = {
  title: 'The server gave an answer that this page does not understand',
  whatToDo: 'Reload the page: it may be older than the server.',
};

/** @param retryAfterS whole seconds that the server asked to wait, if it did */
export function adviceFor(code: string, retryAfterS?: number): Advice {
  const advice = BY_CODE[code] ?? UNKNOWN;
  if (retryAfterS === undefined || retryAfterS === 0) return advice;
  const wait = `Worth trying again in about ${retryAfterS} ${retryAfterS === 1 ? 'second' : 'seconds'}.`;
  return { title: advice.title, whatToDo: `${advice.whatToDo} ${wait}` };
}
