import { expect, test } from 'vitest';
import { runConfigCampaign } from './config-campaign.js';

const seed = Number(process.env['SURETY_CAMPAIGN_SEED'] ?? 1);
const count = Number(process.env['SURETY_CAMPAIGN_COUNT'] ?? 400);
/** Inputs among which each kind of verdict surely occurs. */
const MEANINGFUL_COUNT = 200;

test(
  'no configuration that differs from its chains, or is weak on both, is accepted; the same in other words is',
  { timeout: 3_600_000 },
  async () => {
    const { verdicts, changes, wrong } = await runConfigCampaign({ seed, count });
    const rows = Object.entries(verdicts).map(([kind, by]) => `| ${kind} | ${Object.values(by).join(' | ')} |`);
    process.stderr
      .write(`seed ${seed}, ${count} inputs, ${wrong.length} judged wrongly, ${Object.keys(changes).length} kinds of changes
| input | parser | linter | diff | unread | accepted |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}\n`);
    expect(wrong.slice(0, 20).map(({ at, kind, change, verdict }) => `${at} ${kind}: ${change}: ${verdict}`)).toEqual(
      [],
    );
    if (count < MEANINGFUL_COUNT) return;
    expect(verdicts.same.accepted).toBeGreaterThan(0);
    expect(verdicts.file.parser).toBeGreaterThan(0);
    expect(verdicts.file.diff).toBeGreaterThan(0);
    expect(verdicts.both.linter).toBeGreaterThan(0);
    expect(verdicts.chain.diff).toBeGreaterThan(0);
  },
);
