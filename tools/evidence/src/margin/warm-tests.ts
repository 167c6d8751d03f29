import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A file, the text that stands in its place (nothing is changed where the file is ''), and the tests in the order in which they run. */
export interface Request {
  readonly file: string;
  readonly text: string;
  readonly tests: readonly string[];
}

/** Outcome of the tests. */
export interface Outcome {
  readonly killed: boolean;
  /** The test that failed first. */
  readonly by?: string | undefined;
  readonly took: number;
  /** Milliseconds for which each file of tests ran. */
  readonly times: Readonly<Record<string, number>>;
}

/** A warm process of tests (mutation-worker.ts); another one once a test went round for ever. */
export class WarmTests {
  readonly #seed: number;
  #child: ChildProcess | undefined;

  constructor(seed: number) {
    this.#seed = seed;
  }

  async run(request: Request, limitMs: number): Promise<Outcome> {
    this.#child ??= await this.#start();
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#child = undefined;
        child.kill('SIGKILL');
        const by = `nothing: it still ran after ${Math.round(limitMs / 1000)} s`;
        resolve({ killed: true, by, took: limitMs, times: {} });
      }, limitMs);
      child.once('message', (outcome: Outcome | { readonly failure: string }) => {
        clearTimeout(late);
        if ('failure' in outcome) reject(new Error(outcome.failure));
        else resolve(outcome);
      });
      child.send(request);
    });
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.send('end');
    await new Promise((resolve) => child.once('exit', resolve));
  }

  async #start(): Promise<ChildProcess> {
    const script = fileURLToPath(new URL('mutation-worker.js', import.meta.url));
    const child = fork(script, { env: { ...process.env, MUTATION_SEED: String(this.#seed) } });
    await new Promise((resolve) => child.once('message', resolve));
    return child;
  }
}
