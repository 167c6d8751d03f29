// A drill: the same chains and processes as the demo, a bad day staged on them, and a person who ends it with the command line.
//   node packages/devnet/dist/drill.js [<name>] [--json]
// Without a name it lists the drills. --json writes progress to standard error and one JSON object as the last line of standard output.
// Exit codes: 0 it is over, or listed; 1 it broke; 2 wrong use; 130 interrupted before it was over.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FEED_EVERY_MS, feedPrices } from './acts/set-price.js';
import { type AccountName, devnetAccount } from './chains/accounts.js';
import { DRILLS } from './drills/drills.js';
import type { Incident } from './drills/incident.js';
import { listenForInterruption } from './processes/interruption.js';
import { writeOperatorEnvironment } from './processes/operator-environment.js';
import { type Devnet, startDevnet } from './start-devnet.js';
import { type Narrator, createNarrator } from './story/narrator.js';
import { startProcesses } from './story/start-processes.js';

const ATTESTERS = 4;
const LOOK_EVERY_MS = 500;
const USAGE = 'usage: npm run drill -- [<name>] [--json]; without a name it lists the drills';
const RUNBOOKS = new URL('../../../docs/RUNBOOKS/', import.meta.url);
/** Whose keys a page may ask for; the key at hand is of alice, who owns an account. */
const HOLDERS = ['governor', 'guardian', 'pauser', 'riskAdmin', 'bob'] as const satisfies readonly AccountName[];

type DrillName = keyof typeof DRILLS;

const isDrill = (name: string): name is DrillName => Object.hasOwn(DRILLS, name);
const variableOf = (holder: string): string => `${holder.replaceAll(/[A-Z]/gu, '_$&').toUpperCase()}_KEY`;

/** File name and heading of the page that solves a drill. */
function pageOf(name: DrillName): { readonly file: string; readonly heading: string } {
  const file = readdirSync(RUNBOOKS).find((one) => one.startsWith(DRILLS[name].page)) ?? '';
  const [heading = ''] = readFileSync(new URL(file, RUNBOOKS), 'utf8').split('\n');
  return { file: `docs/RUNBOOKS/${file}`, heading: heading.replace(/^# /u, '') };
}

/** Tells what is known at the beginning, and what a person needs to look further. */
function tellTask(devnet: Devnet, narrator: Narrator, said: string): void {
  const keys = Object.fromEntries(HOLDERS.map((holder) => [variableOf(holder), devnetAccount(holder).key]));
  const file = writeOperatorEnvironment(devnet, keys);
  narrator.chapter('Your turn');
  narrator.line(said);
  narrator.line(`begin, elsewhere    . ${file}`);
  narrator.line('                    npx surety status; npx surety doctor; npx surety explain <what was named>');
  narrator.line(`as another person   SURETY_KEY=$${variableOf('guardian')} npx surety …`);
  narrator.line(
    `                    ${HOLDERS.map((holder) => `$${variableOf(holder)}`).join(' ')}; at hand is alice’s`,
  );
  narrator.line('pages               docs/RUNBOOKS/README.md, by symptom');
  narrator.line('this notices by itself when it is over; Ctrl-C gives up');
}

async function awaitEnd({ goOn }: Incident, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await goOn()) return true;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

async function runDrill(name: DrillName, isJson: boolean): Promise<number> {
  const startedMs = Date.now();
  const out = isJson ? process.stderr : process.stdout;
  const narrator = createNarrator((line) => void out.write(`${line}\n`), startedMs);
  const directory = mkdtempSync(path.join(tmpdir(), 'surety-drill-'));
  const interruption = listenForInterruption();
  const over = new AbortController();
  let devnet: Devnet | undefined;
  const work = async (): Promise<number> => {
    narrator.chapter('Three chains, four attesters, one relayer, one aggregator');
    devnet = await startDevnet({ directory, blockSeconds: 1, attesters: ATTESTERS });
    await startProcesses(devnet, narrator, ATTESTERS);
    narrator.line('something happens …');
    const incident = await DRILLS[name].stage(devnet);
    const stagedMs = Date.now();
    // Ends with the nodes, at the latest.
    feedPrices(devnet.network, FEED_EVERY_MS, over.signal).catch(() => undefined);
    tellTask(devnet, narrator, incident.said);
    if (!(await awaitEnd(incident, interruption.signal))) return 130;
    const tookMs = Date.now() - stagedMs;
    narrator.chapter(`It is over, after ${(tookMs * 0.001).toFixed(0)} s`);
    const { file, heading } = pageOf(name);
    narrator.line(`its page is ${file}: ${heading}`);
    if (isJson) process.stdout.write(`${JSON.stringify({ ok: true, drill: name, page: file, tookMs })}\n`);
    return 0;
  };
  try {
    return await Promise.race([work(), interruption.wished.then(() => 130)]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\nthe drill broke: ${reason}\n`);
    if (isJson) process.stdout.write(`${JSON.stringify({ ok: false, drill: name, error: reason })}\n`);
    return 1;
  } finally {
    over.abort();
    await devnet?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function listDrills(isJson: boolean): number {
  const names = Object.keys(DRILLS).filter(isDrill);
  process.stdout.write(
    isJson
      ? `${JSON.stringify({ ok: true, drills: names.map((name) => ({ name, page: pageOf(name).file })) })}\n`
      : `${names.map((name) => `npm run drill -- ${name}\n`).join('')}Each stages a bad day whose cause you find; its page in docs/RUNBOOKS is named at the end.\n`,
  );
  return 0;
}

async function main(): Promise<number> {
  try {
    const no = { type: 'boolean', default: false } as const;
    const { values, positionals } = parseArgs({ options: { json: no, help: no }, allowPositionals: true });
    if (values.help) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    const [name, ...more] = positionals;
    if (name === undefined) return listDrills(values.json);
    if (!isDrill(name) || more.length > 0) {
      throw new Error(
        `drill is ${JSON.stringify(positionals.join(' '))}; expected one of ${Object.keys(DRILLS).join(', ')}`,
      );
    }
    return await runDrill(name, values.json);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return 2;
  }
}

process.exit(await main());
