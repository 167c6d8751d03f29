import { ONE_VALUE, isBareBlock, provedSlots } from './answer-bytes-max.js';

/** A request, as far as it decides about its answer. */
interface Question {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Parts of any answer: its frame, a header of some 40 fields with 16 withdrawals of 4, or an error with its data. */
const PARTS_FREE = 1_024;

/** A quoted hash and its comma take 69 bytes; the fields of a block without its transactions count as {@link PARTS_FREE}. */
const BYTES_PER_HASH = 64;

/** Seven fields and the two paths of an account, or three fields and a path of a slot: a path has at most 65 nodes. */
const PARTS_PER_PATH = 80;

/** The densest that nodes give, entries of access lists without keys, take 12 bytes for each part; logs and receipts 16. */
const BYTES_PER_PART = 10;

/** Ways in which objects of an answer begin, counted by their keys: blocks with transactions of all types have some 200. */
const SHAPES_MAX = 1_024;

/** A beginning of an object, as its keys so far: by each next key, the beginning that it makes. */
interface Shape extends Map<string, Shape> {}

const [QUOTE, COMMA, COLON, BRACKET, BACKSLASH, BRACE, BRACE_END] = [34, 44, 58, 91, 92, 123, 125] as const;

/**
 * True if an answer has more parts (keys, values, lists and objects) than an honest one of its length to this question, or
 * more kinds of objects: a parser needs many times the time and memory for those. Reads the text once, and what stands within
 * strings only to find their ends, since strangers write them: the reason of a revert, for one.
 */
export function isDense(body: string, question: Question): boolean {
  const partsMax = partsMaxOf(question, body.length);
  const bare: Shape = new Map();
  const outer: Shape[] = [];
  let [shape, shapes, parts, keyStart, keyEnd] = [bare, 0, 0, 0, 0];
  for (let at = 0; at < body.length; at += 1) {
    const mark = body.charCodeAt(at);
    if (mark === QUOTE) {
      keyStart = at + 1;
      keyEnd = endOfString(body, keyStart);
      at = keyEnd;
    } else if (mark === COLON) {
      const key = body.slice(keyStart, keyEnd);
      const known = shape.get(key);
      if (known === undefined) shapes += 1;
      const next = known ?? new Map<string, Shape>();
      shape.set(key, next);
      shape = next;
      parts += 1;
    } else if (mark === BRACE) {
      outer.push(shape);
      shape = bare;
      parts += 1;
    } else if (mark === BRACE_END) shape = outer.pop() ?? bare;
    else if (mark === COMMA || mark === BRACKET) parts += 1;
    if (parts > partsMax || shapes > SHAPES_MAX) return true;
  }
  return false;
}

function partsMaxOf(question: Question, length: number): number {
  if (ONE_VALUE.has(question.method)) return PARTS_FREE;
  if (isBareBlock(question)) return PARTS_FREE + length / BYTES_PER_HASH;
  const slots = provedSlots(question);
  return PARTS_FREE + (slots === undefined ? length / BYTES_PER_PART : PARTS_PER_PATH * (1 + slots));
}

/** Returns where the quote stands that ends a string; the end of the text without one. */
function endOfString(body: string, from: number): number {
  for (let at = body.indexOf('"', from); at >= 0; at = body.indexOf('"', at + 1)) {
    let first = at;
    while (first > from && body.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    if ((at - first) % 2 === 0) return at;
  }
  return body.length;
}
