// Brings a checkout to the point where anything can run: packages installed as the lock says, everything built.
import { build } from './build.mjs';
import { addBindings, install, isInstalled } from './install.mjs';
import { runStep } from './steps.mjs';

/**
 * Installs where the lock is new here, then builds what changed; native bindings come beside the build, which needs none.
 * `isChecked` says whether the build checks types. Answers the exit code.
 */
export async function prepare({ say, to, isChecked = true }) {
  let bindings = Promise.resolve(0);
  if (isInstalled()) say('packages are those of the lock: nothing to install');
  else {
    if ((await runStep('install', say, () => install({ say, to }))) !== 0) return 1;
    bindings = runStep('bindings', say, () => addBindings({ say, to }));
  }
  const codes = await Promise.all([runStep('build', say, () => build({ to, isChecked })), bindings]);
  return codes.find((code) => code !== 0) ?? 0;
}
