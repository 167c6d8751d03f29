import { EXIT } from '@surety/process';
import { failureLine, operatorError, tellFailure } from '../errors.js';
import type { OutputOptions, Terminal } from './terminal.js';

/** Options of a command that may repeat what it shows. */
export interface WatchOptions extends OutputOptions {
  /** Seconds between two looks; true for the usual ones. */
  readonly watch?: boolean | string;
}

const USUAL_S = 5;
const DAY_S = 86_400;

/**
 * Runs a command that reads; with `--watch` again and again until it is interrupted or nobody reads it, each time below the time of day.
 * A look that fails is told like the end of a command, and the next one follows.
 * @throws BAD_USE for a span that cannot be read; what the command throws without `--watch`, or for wrong use
 */
export async function keepShowing(
  terminal: Pick<Terminal, 'clock' | 'tell' | 'unread'>,
  { watch, json }: WatchOptions,
  show: () => Promise<void>,
): Promise<void> {
  if (watch === undefined) return show();
  const seconds = watch === true ? USUAL_S : Number(watch);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > DAY_S)
    throw operatorError('BAD_USE', `--watch is "${String(watch)}"; expected whole seconds from 1 to ${DAY_S}`);
  while (!terminal.unread.aborted) {
    const time = new Date(terminal.clock.nowMs()).toISOString();
    if (json !== true) terminal.tell(`\n${time}, again every ${seconds} s until Ctrl-C`);
    try {
      await show();
    } catch (failure) {
      const { code, message, exitCode } = tellFailure(failure);
      if (exitCode === EXIT.wrongUse) throw failure;
      terminal.tell(json === true ? JSON.stringify({ error: { code, message } }) : failureLine({ code, message }));
    }
    await terminal.clock.sleep(1_000 * seconds, terminal.unread);
  }
}
