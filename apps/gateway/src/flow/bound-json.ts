/**
 * Whether a JSON body is small enough to be parsed, apart from the texts in it: a picture in base64 is one text, and all
 * the rest of a prediction is short and flat. 70 MB of brackets would keep the parser busy for half a minute and take 2 GB,
 * with every other caller waiting. Judges nothing else: what is no JSON is for the parser to refuse.
 */
import { ServiceError } from '@shoal/shared/contract';

/** Brackets, commas, numbers, white space: everything outside of quotes. */
const structureBytesMax = 64 * 1024;
/** Deeper than anything that is asked for, and shallow enough for whatever walks over it afterwards. */
const depthMax = 16;

const quote = 0x22;
const backslash = 0x5c;

/** Throws `options_invalid`. Goes from quote to quote, so that base64 costs next to nothing. */
export function boundJson(text: Buffer): void {
  let structureBytes = 0;
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const open = text.indexOf(quote, at);
    const end = open < 0 ? text.length : open;
    structureBytes += end - at;
    if (structureBytes > structureBytesMax) throw refusal('is larger');
    for (; at < end; at++) {
      depth += steps[text[at]!]!;
      if (depth > depthMax) throw refusal('goes deeper');
    }
    if (open < 0) return;
    at = afterText(text, open);
  }
}

/** By byte: one more for `[` and `{`, one less for `]` and `}`. */
const steps = new Int8Array(256);
for (const opening of '[{') steps[opening.charCodeAt(0)] = 1;
for (const closing of ']}') steps[closing.charCodeAt(0)] = -1;

function afterText(text: Buffer, open: number): number {
  const close = text.indexOf(quote, open + 1);
  if (close < 0) return text.length;
  if (text[close - 1] !== backslash) return close + 1;
  // Where quotes are hidden there may be millions of them, and to search for each would take seconds.
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === backslash) at++;
    else if (text[at] === quote) return at + 1;
  }
  return text.length;
}

const refusal = (what: string): ServiceError =>
  new ServiceError('options_invalid', `the JSON ${what} than a prediction can need, apart from its texts`);
