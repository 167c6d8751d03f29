// Brings a checkout to the point where anything can run: packages installed as the lock says, everything built.
import { build, buildEvidence } from './build.mjs';
import { addBindings, install, isInstalled } from './install.mjs';
import { runStep } from './steps.mjs';

/**
 * Installs where the lock is new here, then builds what changed; native bindings come beside the build, which needs none.
 * `isChecked` says whether the build checks types. Answers the exit code.
 */
export async function prepare({ say, to, isChecked = true }) {
  const { code, bindings } = await installMissing({ say, to });
  if (code !== 0) return code;
  const codes = await Promise.all([runStep('build', say, () => build({ to, isChecked })), bindings]);
  return codes.find((one) => one !== 0) ?? 0;
}

/** Makes the tools of tools/evidence ready, and says something only where there is something to do. Answers the exit code. */
export async function prepareEvidence() {
  const to = process.stderr;
  const say = (line) => to.write(`[surety] ${line}\n`);
  const { code, bindings } = isInstalled() ? { code: 0, bindings: 0 } : await installMissing({ say, to });
  if (code !== 0) return code;
  const codes = await Promise.all([buildEvidence({ to }), bindings]);
  return codes.find((one) => one !== 0) ?? 0;
}

/** Installs where the lock is new here; `bindings` answers the exit code of what goes on beside a build. */
async function installMissing({ say, to }) {
  if (isInstalled()) {
    say('packages are those of the lock: nothing to install');
    return { code: 0, bindings: 0 };
  }
  const code = await runStep('install', say, () => install({ say, to }));
  return { code, bindings: code === 0 ? runStep('bindings', say, () => addBindings({ say, to })) : 0 };
}
