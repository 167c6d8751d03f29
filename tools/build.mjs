// Compiles every workspace in one run of the compiler, and joins each app that is started often into one file.
// One run takes half the time of one for each package: what packages share is read once.
import { existsSync, readdirSync } from 'node:fs';
import { at, runCommand } from './steps.mjs';

const vite = at('apps/dashboard/node_modules/vite/bin/vite.js');

/** Apps whose dist/program.mjs is what runs, and a process that tests kill dozens of times. */
const joined = [
  'apps/aggregator',
  'apps/keeper',
  'apps/operator',
  'apps/relayer',
  'apps/watcher',
  'packages/transactions/dist/testing/sending-process.js',
];

/** Lists the workspaces' project files of these names, from the repository's top folder. */
export function listProjects(...names) {
  const rooms = ['packages', 'apps'].flatMap((floor) => readdirSync(at(floor)).map((room) => `${floor}/${room}`));
  return [...rooms, 'test', 'tools/bench', 'tools/evidence']
    .flatMap((room) => names.map((name) => `${room}/${name}`))
    .filter((file) => existsSync(at(file)));
}

/**
 * Builds what changed and answers the exit code; `to` is where the compiler's lines go. With `isChecked` false types are left
 * out, for a demo on sources that were checked before they were committed; the next build that checks them makes up for it.
 */
export async function build({ to, isChecked }) {
  // The project of test/ only checks types.
  const projects = listProjects('tsconfig.json').filter((file) => !file.startsWith('test/'));
  const steps = [
    ['packages/contracts/tools/check-fingerprint.mjs'],
    ['node_modules/typescript/bin/tsc', '-b', ...(isChecked ? [] : ['--noCheck']), ...projects],
    ['tools/bundle.mjs', ...joined],
  ];
  // The page is built from sources, beside everything else.
  const page = runCommand(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: at('apps/dashboard'), to });
  let failed = 0;
  for (const args of steps) if (failed === 0) failed = (await runCommand(process.execPath, args, { to })).code;
  const { code } = await page;
  return failed === 0 ? code : failed;
}

/** Builds tools/evidence, and what it needs, where a source changed; answers the exit code. */
export async function buildEvidence({ to }) {
  return (await runCommand(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tools/evidence'], { to })).code;
}
