/** When a client meets each error, in words: for the API's description, and from there for the documents. */
import type { ErrorCode } from '@shoal/shared/contract';

export const errorMeanings = {
  upload_missing: 'there is no picture in the request',
  options_invalid: 'a field is missing, unknown or malformed; all problems are listed',
  unauthorized: 'there is no API key, or one that is not taken',
  model_unknown: 'no model has this name; the message lists those there are',
  prediction_unknown: 'there is no such prediction, or its answer is no longer kept',
  route_unknown: 'there is nothing at this address',
  method_not_allowed: 'the address takes another method, see `Allow`',
  upload_timeout: 'the request took too long to arrive',
  canceled: 'the prediction was ended before it was processed',
  upload_too_large: 'more bytes than are allowed',
  media_type_unsupported: 'the bytes are of none of the accepted formats',
  image_undecodable: 'the file is broken or ends too early',
  image_too_large: 'more pixels than are allowed',
  idempotency_key_reused: 'the key came before with another picture, model or options',
  rate_limited: 'more pictures in a minute than this caller may send',
  upload_lost: 'the picture was gone before a worker could fetch it',
  model_failed: 'the model failed on this picture, again and again',
  internal: 'something went wrong here; the log knows what',
  overloaded: 'the gateway, the queue or Redis is full, or the wait too long',
  model_unavailable: 'the model is known, and no worker has served it for a while',
  redis_unavailable: 'the queue cannot be reached, or did not confirm',
  shutting_down: 'this gateway is ending',
  deadline_exceeded: 'no answer within the deadline',
} as const satisfies Record<ErrorCode, string>;
