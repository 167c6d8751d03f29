import { type RawObject, isRawObject } from '@surety/margin/request-fields';

/** Levels that are merged member by member; parameters have 3, and what lies deeper is refused when they are read. */
const DEPTH_MAX = 16;

/**
 * Returns a target with a JSON merge patch applied: objects merge member by member, any other value replaces what was
 * there, null deletes. Neither is changed. Members have no prototype, so that no name is special.
 * @source RFC 7386 section 2
 */
export function mergePatch(target: unknown, patch: RawObject, depth = 0): RawObject {
  const merged: Record<string, unknown> = Object.assign(Object.create(null), isRawObject(target) ? target : {});
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else if (isRawObject(value) && depth < DEPTH_MAX) merged[name] = mergePatch(merged[name], value, depth + 1);
    else merged[name] = value;
  }
  return merged;
}
