// One campaign of faults, longer than in the suite: `npm run kills -- --seed 7 --count 1000`, likewise lies, reorgs and configs.
import { at, runCommand } from './steps.mjs';

/** What each campaign does that often unless it is told a count. */
const COUNTS = { kills: 1000, lies: 5000, reorgs: 126, configs: 10_000 };

/** The suites of each campaign. */
const FILES = {
  kills: ['kills.test.ts'],
  lies: ['lies.test.ts', 'lies-on-nodes.test.ts'],
  reorgs: ['reorgs.test.ts'],
  configs: ['config-fuzz.test.ts'],
};

/** Runs a campaign to its end; the figures are in its output. Answers the exit code. */
export async function runCampaign({ name, args, say }) {
  const given = Object.fromEntries(
    args.flatMap((arg, index) => (arg.startsWith('--') ? [[arg.slice(2), args[index + 1]]] : [])),
  );
  const unknown = Object.keys(given).filter((key) => !['seed', 'count'].includes(key));
  const [seed, count] = [Number(given.seed ?? 1), Number(given.count ?? COUNTS[name])];
  if (unknown.length > 0 || !Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1) {
    process.stderr.write(`usage: npm run ${name} [-- --seed <number> --count <number from 1>]\n`);
    return 2;
  }
  say(`${name}: seed ${seed}, count ${count}`);
  const vitest = at('node_modules/vitest/vitest.mjs');
  const env = { SURETY_CAMPAIGN_SEED: String(seed), SURETY_CAMPAIGN_COUNT: String(count) };
  return (
    await runCommand(
      process.execPath,
      [vitest, 'run', '--project', 'faults', '--project', 'campaigns', ...FILES[name]],
      { env },
    )
  ).code;
}
