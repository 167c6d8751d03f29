// The demo: three local chains, four attesters, one aggregator and one relayer as real processes, and one story.
//   node packages/devnet/dist/demo.js [--story margin|quick|crash|bad-debt] [--quick] [--json] [--keep] [--guardians 1 … 32]
// margin    locks, one margin, a loan, a release, second opinions, a rebuilt aggregator; unless another is named
// quick     two locks and one margin, without bridges; --quick is the same, and with --keep the shortest way to something that runs
// crash     prices fall by nearly a quarter, and collateral on two chains is sold for a loan on a third
// bad-debt  collateral brings less than the debt: who bears the loss, and how it is paid later
// --json writes progress to standard error and one JSON object as the last line of standard output.
// --keep leaves everything running until it is interrupted, with prices fed, and leaves out the forged packet.
// Exit codes: 0 the story held, 1 it did not, 2 wrong use.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FEED_EVERY_MS, feedPrices } from './acts/set-price.js';
import { guardianKeys } from './bridges/wormhole-guardians.js';
import { devnetAccount } from './chains/accounts.js';
import { listenForInterruption } from './processes/interruption.js';
import { writeOperatorEnvironment } from './processes/operator-environment.js';
import { type Devnet, startDevnet } from './start-devnet.js';
import { type Narrator, createNarrator } from './story/narrator.js';
import { startProcesses } from './story/start-processes.js';
import { type DemoStory, STORIES } from './story/stories.js';

const ATTESTERS = 4;
/** As many as must sign on the public network, unless the command line says otherwise. */
const GUARDIANS = '13';
const BLOCK_SECONDS = 1;

const USAGE = `usage: npm run demo -- [--story ${Object.keys(STORIES).join('|')}] [--quick] [--json] [--keep] [--guardians 1 … 32]`;

interface DemoOptions {
  readonly name: string;
  readonly story: DemoStory;
  readonly json: boolean;
  readonly keep: boolean;
  /** Guardians of Wormhole's. */
  readonly guardians: number;
}

function parseOptions(): DemoOptions | undefined {
  try {
    const { values } = parseArgs({
      options: {
        story: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean' },
        keep: { type: 'boolean' },
        guardians: { type: 'string', default: GUARDIANS },
      },
    });
    const guardians = guardianKeys(Number(values.guardians)).guardians.length;
    if (values.quick && values.story !== undefined && values.story !== 'quick') {
      throw new Error(`--quick is a story of its own; leave it out, or --story ${values.story}`);
    }
    const { story: name = values.quick ? 'quick' : 'margin' } = values;
    if (!isStory(name)) {
      throw new Error(`--story is ${JSON.stringify(name)}; expected one of ${Object.keys(STORIES).join(', ')}`);
    }
    return { name, story: STORIES[name], json: values.json ?? false, keep: values.keep ?? false, guardians };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
    return undefined;
  }
}

function isStory(name: string): name is keyof typeof STORIES {
  return Object.hasOwn(STORIES, name);
}

/** Writes what a person's shell needs to talk to the running line, and says what there is to see. */
function tellWhatToOpen(devnet: Devnet, narrator: Narrator): void {
  const environmentFile = writeOperatorEnvironment(devnet);
  narrator.chapter('Left running until you press Ctrl-C');
  narrator.line(`page to look at     ${devnet.aggregatorUrl}/ui/`);
  narrator.line(`HTTP interface      ${devnet.aggregatorUrl}/docs`);
  narrator.line(`accounts, margin    ${devnet.aggregatorUrl}/v1/status`);
  narrator.line(`command line        . ${environmentFile}`);
  narrator.line(`                    npx surety status; npx surety account ${devnetAccount('alice').address}`);
  for (const [id, { url }] of devnet.network.nodes) narrator.line(`chain ${id}           ${url}`);
  const faults = devnet.proxy.controlUrl;
  const provider = devnet.endpointOf({ role: 'watcher', number: 1, chainId: 901, provider: 1 });
  narrator.line(`faults, by name     curl ${faults}`);
  narrator.line(`make one lie        curl -d '[{"kind":"forge-logs"}]' ${faults}/${provider}; heal it with '[]'`);
  narrator.line(`logs                ${path.join(devnet.network.directory, 'logs')}`);
}

async function runDemo(options: DemoOptions): Promise<number> {
  const startedMs = Date.now();
  const out = options.json ? process.stderr : process.stdout;
  const narrator = createNarrator((line) => void out.write(`${line}\n`), startedMs);
  const directory = mkdtempSync(path.join(tmpdir(), 'surety-demo-'));
  let devnet: Devnet | undefined;
  const interruption = listenForInterruption();
  let told = false;
  const work = async (): Promise<number> => {
    narrator.chapter('Three chains, four attesters, one relayer, one aggregator');
    devnet = await startDevnet({
      directory,
      blockSeconds: BLOCK_SECONDS,
      attesters: ATTESTERS,
      behindS: options.story.behindS,
      ...(options.story.hasBridges ? { guardians: options.guardians } : {}),
      tell: (line) => narrator.line(line),
    });
    await startProcesses(devnet, narrator, ATTESTERS);
    const readyMs = Date.now() - startedMs;
    const { timings, ...found } = await options.story.tell(devnet, narrator, options.keep);
    const totalMs = Date.now() - startedMs;
    told = true;
    narrator.line(`${(totalMs * 0.001).toFixed(1)} s in all`);
    if (options.keep) tellWhatToOpen(devnet, narrator);
    if (options.json) {
      const report = { ok: true, story: options.name, attesters: ATTESTERS, ...found };
      process.stdout.write(`${JSON.stringify({ ...report, timings: { readyMs, totalMs, ...timings } })}\n`);
    }
    if (options.keep) await feedPrices(devnet.network, FEED_EVERY_MS, interruption.signal);
    return 0;
  };
  const stopped = interruption.wished.then(() => (told && options.keep ? 0 : 130));
  let failed = false;
  try {
    return await Promise.race([work(), stopped]);
  } catch (error) {
    failed = true;
    process.stderr.write(
      `\nthe story broke: ${error instanceof Error ? error.message : String(error)}\nlogs: ${path.join(directory, 'logs')}\n`,
    );
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ ok: false, error: error instanceof Error ? error.message : String(error) })}\n`,
      );
    return 1;
  } finally {
    await devnet?.stop();
    if (!failed) rmSync(directory, { recursive: true, force: true });
  }
}

async function main(): Promise<number> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const options = parseOptions();
  return options === undefined ? 2 : runDemo(options);
}

process.exit(await main());
