import { at, runCommand } from './steps.js';

/** Installs and builds whatever changed, for tools that run the product. Returns the exit code. */
export const prepareProduct = async (): Promise<number> =>
  (await runCommand(process.execPath, [at('tools/run.mjs'), 'build'])).code;
