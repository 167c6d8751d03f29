// Brings a checkout to the point where anything can run: packages installed as the lock says, everything built.
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { install, isInstalled } from './install.mjs';
import { at, runCommand, runStep } from './steps.mjs';

/** The native turbo of this platform: its launcher would leave it running when stopped. */
export function resolveTurbo() {
  const system = platform() === 'win32' ? 'windows' : platform();
  const suffix = system === 'windows' ? '.exe' : '';
  const name = `@turbo/${system}-${arch() === 'x64' ? '64' : arch()}/bin/turbo${suffix}`;
  return createRequire(createRequire(at('package.json')).resolve('turbo/package.json')).resolve(name);
}

/** Installs where the lock is new here, then builds what changed. Answers the exit code. */
export async function prepare({ say, to }) {
  if (isInstalled()) say('packages are those of the lock: nothing to install');
  else if ((await runStep('install', say, () => install({ say, to }))) !== 0) return 1;
  return runStep('build', say, async () => {
    const flags = [
      '--output-logs=errors-only',
      '--log-order=grouped',
      '--ui=stream',
      '--continue=dependencies-successful',
    ];
    const { code } = await runCommand(resolveTurbo(), ['run', 'build', ...flags], { to });
    return code;
  });
}
