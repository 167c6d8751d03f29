import { Problem } from '../problem.js';

/** Levels of nesting that a body may have: statements lie three deep. */
const JSON_DEPTH_MAX = 8;

/** Members and elements that a body may have: 256 statements have 5,000, 512 entries 3,000. Each costs a call of ours. */
const JSON_MEMBERS_MAX = 16_384;

/** Members that may be JSON numbers: counts that stay far below 2^53. All else is decimal text. */
const NUMBER_MEMBERS = new Set(['epoch', 'logIndex']);

/** Members that would reach an object's prototype. */
const FORBIDDEN_MEMBERS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses a request body: bounded in depth and members before it is parsed, without members that reach a prototype, and with numbers
 * only where a small count is meant.
 * @throws Problem 400 with MALFORMED, TOO_DEEP, TOO_MANY_MEMBERS, FORBIDDEN_MEMBER or NUMBER_NOT_TEXT.
 */
export function parseRequestJson(text: string): unknown {
  requireShape(text);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, refuseMember);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem({ status: 400, detail: 'the body is no JSON; expected one JSON object' });
  }
  return parsed;
}

function refuseMember(name: string, value: unknown): unknown {
  if (FORBIDDEN_MEMBERS.has(name)) {
    throw new Problem({
      status: 400,
      code: 'FORBIDDEN_MEMBER',
      detail: `the body has a member "${name}", which no request has`,
    });
  }
  if (typeof value === 'number' && !NUMBER_MEMBERS.has(name)) {
    const detail = `the body's member "${name.slice(0, 40)}" is a JSON number; expected decimal text, such as "12"`;
    throw new Problem({ status: 400, code: 'NUMBER_NOT_TEXT', detail });
  }
  return value;
}

function requireShape(text: string): void {
  let [depth, members] = [0, 0];
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (inText) {
      if (character === 0x5c) at += 1;
      else if (character === 0x22) inText = false;
    } else if (character === 0x22) inText = true;
    else if (character === 0x7b || character === 0x5b) {
      depth += 1;
      if (depth > JSON_DEPTH_MAX) {
        throw new Problem({
          status: 400,
          code: 'TOO_DEEP',
          detail: `the body nests deeper than ${JSON_DEPTH_MAX} levels`,
        });
      }
    } else if (character === 0x7d || character === 0x5d) depth -= 1;
    else if (character === 0x2c && ++members > JSON_MEMBERS_MAX) {
      const detail = `the body has more than ${JSON_MEMBERS_MAX} members`;
      throw new Problem({ status: 400, code: 'TOO_MANY_MEMBERS', detail });
    }
  }
}
