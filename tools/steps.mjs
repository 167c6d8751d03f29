// What the scripts of this folder share: run a command as a child that can be interrupted, and time a named step.
// Only what Node itself brings is imported, because these scripts run before anything is installed.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const top = fileURLToPath(new URL('..', import.meta.url));

/** The path of a file under the repository's top folder. */
export const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** How long a child may take to clean up after a signal before it is killed. */
const cleanupMs = 60_000;

const children = new Set();
let interruptedBy;

function interrupt(signal) {
  interruptedBy = signal;
  if (children.size === 0) process.exit(exitCodeOf(signal));
  for (const child of children) endChild(child, signal);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupt(signal));

// npm passes a signal to the shell it started, and that shell ends without passing it on: being orphaned is the sign.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent && interruptedBy === undefined) interrupt('SIGTERM');
}, 250).unref();

const exitCodeOf = (signal) => 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 0);

/** Passes a signal on to one child, and kills that child if it is still there after its time to clean up. */
function endChild(child, signal) {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), cleanupMs);
  child.once('close', () => clearTimeout(timer));
}

/**
 * Runs one command to its end and answers its exit code and, where asked, what it printed.
 * `output` is 'show' (pass on as it comes), 'keep' (only return it) or 'both'; `to` is the stream that shown output goes to.
 */
export function runCommand(command, args, { cwd = top, env = {}, output = 'show', to = process.stdout } = {}) {
  if (interruptedBy) process.exit(exitCodeOf(interruptedBy));
  return new Promise((resolve) => {
    const shown = to === process.stderr ? 2 : 1;
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...env },
      stdio: output === 'show' ? ['inherit', shown, 2] : ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    const chunks = [];
    const keep = (chunk) => {
      chunks.push(chunk);
      if (output === 'both') to.write(chunk);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const finish = (code, text) => {
      children.delete(child);
      if (interruptedBy && children.size === 0) process.exit(exitCodeOf(interruptedBy));
      resolve({ code, text });
    };
    child.once('error', (error) => finish(127, `${command} could not be started: ${error.message}`));
    child.once('close', (code, signal) => finish(code ?? exitCodeOf(signal), Buffer.concat(chunks).toString('utf8')));
  });
}

/** Seconds since `startMs`, with one decimal, for people to read. */
export const secondsSince = (startMs) => `${((Date.now() - startMs) / 1000).toFixed(1)} s`;

/** Runs one named step, says how long it took and answers its exit code; a step that throws counts as exit code 1. */
export async function runStep(name, say, work) {
  const started = Date.now();
  say(`${name} …`);
  try {
    const code = (await work()) ?? 0;
    say(`${name}: ${code === 0 ? 'done' : `exit code ${code}`} after ${secondsSince(started)}`);
    return code;
  } catch (error) {
    say(`${name}: ${error.message}`);
    return 1;
  }
}
