// One campaign of faults on real nodes, longer than in the suite; the figures are in its output.
import { number, readOptions, refuse } from '../options.js';
import { prepareProduct } from '../product.js';
import { runVitest } from '../vitest.js';

/** Each campaign: its suites, and what it does that often unless it is told a count. */
const CAMPAIGNS: Readonly<Record<string, { readonly count: number; readonly files: readonly string[] }>> = {
  kills: { count: 1_000, files: ['kills.test.ts'] },
  lies: { count: 5_000, files: ['lies.test.ts', 'lies-on-nodes.test.ts'] },
  reorgs: { count: 126, files: ['reorgs.test.ts'] },
  configs: { count: 10_000, files: ['config-fuzz.test.ts'] },
};

const name = process.argv.splice(2, 1)[0] ?? 'nothing';
const campaign = CAMPAIGNS[name];
if (campaign === undefined)
  refuse(`campaign: seen ${name}, expected ${Object.keys(CAMPAIGNS).join(', ')}; npm run kills`);
const { seed, count } = readOptions({
  command: `npm run ${name} --`,
  about: `Runs ${campaign.files.join(' and ')} as a campaign.`,
  options: {
    seed: number(1, 'what the campaign is drawn from', Number.MIN_SAFE_INTEGER),
    count: number(campaign.count, 'how often it does what it does', 1),
  },
});
if ((await prepareProduct()) !== 0) process.exit(1);
process.stdout.write(`[surety] ${name}: seed ${seed}, count ${count}\n`);
const { code } = await runVitest(['--project', 'faults', '--project', 'campaigns', ...campaign.files], {
  env: { SURETY_CAMPAIGN_SEED: String(seed), SURETY_CAMPAIGN_COUNT: String(count) },
});
process.exitCode = code;
