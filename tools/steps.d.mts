/** The repository's top folder, with a slash at its end. */
export const top: string;

/** The path of a file under the repository's top folder. */
export function at(path: string): string;

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** 'show' passes on what is printed as it comes, 'keep' only returns it, 'both' does both. */
  readonly output?: 'show' | 'keep' | 'both';
  /** The stream that shown output goes to. */
  readonly to?: NodeJS.WriteStream;
}

/** Runs one command to its end, and ends it when this process is told to end. */
export function runCommand(
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<{ readonly code: number; readonly text: string }>;

/** Seconds since `startMs`, with one decimal, for people to read. */
export function secondsSince(startMs: number): string;

/** Runs one named step, says how long it took and answers its exit code; a step that throws counts as exit code 1. */
export function runStep(name: string, say: (line: string) => void, work: () => Promise<number>): Promise<number>;
