/** Output of the compiler for a source. */
export interface CompilerError {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number };
}

/** Returns the number of the mutant that an error is in. */
export function markOf(
  { sourceLocation, formattedMessage }: Pick<CompilerError, 'formattedMessage' | 'sourceLocation'>,
  texts: ReadonlyMap<string, string>,
): number | undefined {
  const text = sourceLocation === undefined ? undefined : texts.get(sourceLocation.file);
  if (sourceLocation === undefined || text === undefined) return undefined;
  // The compiler counts bytes.
  const bytes = Buffer.from(text);
  const marksIn = (part: Buffer): readonly string[] =>
    [...part.toString('utf8').matchAll(/(?:_mutant\(\) == |case |eq\((?:alive_|coinbase\(\)), )(\d+)/g)].map(
      ([, mark = '']) => mark,
    );
  // It shows the declaration of a pointer that a mutant behind it leaves unset, and the mutant itself in all other cases.
  const mark = formattedMessage.includes('can be returned without prior assignment')
    ? marksIn(bytes.subarray(sourceLocation.start))[0]
    : marksIn(bytes.subarray(0, sourceLocation.start + 1)).at(-1);
  return mark === undefined ? undefined : Number(mark);
}
