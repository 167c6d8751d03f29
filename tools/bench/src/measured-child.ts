import { type ChildProcess, fork } from 'node:child_process';
import { MeasurementError } from './row.js';

/** A measured process that answers messages one at a time. */
export class MeasuredChild {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts a module and gives the process with its first message. */
  static async start(module: string, args: readonly string[]): Promise<{ child: MeasuredChild; told: unknown }> {
    const child = new MeasuredChild(fork(module, [...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
    return { child, told: await child.#next() };
  }

  /** Sends a word and gives the answer. */
  async ask(word: string): Promise<unknown> {
    const answer = this.#next();
    this.#child.send(word);
    return answer;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await gone;
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const end = (code: number | null): void =>
        reject(new MeasurementError(`a measured process ended with ${code} before it answered`));
      this.#child.once('exit', end);
      this.#child.once('message', (told) => {
        this.#child.off('exit', end);
        resolve(told);
      });
    });
  }
}
