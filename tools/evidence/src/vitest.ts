import { type CommandOptions, at, runCommand } from './steps.js';

/** Runs vitest once, as a child. */
export const runVitest = (args: readonly string[], options?: CommandOptions): ReturnType<typeof runCommand> =>
  runCommand(process.execPath, [at('node_modules/vitest/vitest.mjs'), 'run', ...args], options);
