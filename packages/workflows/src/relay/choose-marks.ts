/** Most marks of one batch. @source IEdge.sol: TooManyMarks */
const MARKS_MAX = 4;

/**
 * Chooses the counts that a batch names as marks, ascending: the newest published ones within the batch. Their heads are stored
 * during the replay, so that a witness's later record is compared with what was applied.
 */
export function chooseMarks(
  published: readonly bigint[],
  { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
): readonly bigint[] {
  const within = [...new Set(published)].filter((count) => count > after && count <= upTo);
  return within.sort((left, right) => (left < right ? -1 : 1)).slice(-MARKS_MAX);
}
