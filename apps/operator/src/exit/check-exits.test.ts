import { expect, it } from 'vitest';
import { exitStateOf } from '../testing/exit-state.js';
import type { ExitVault } from './exit-vault.js';
import { judgeExit } from './check-exits.js';

it('names the exit of a vault that is open, announced or may be announced', () => {
  const silentS = 1_000n + 30n * 86_400n;
  const judged = (changes: Parameters<typeof exitStateOf>[0], source = 7): string | undefined => {
    const finding = judgeExit({ at: { chain: { name: 'alpha' } }, source } as ExitVault, exitStateOf(changes));
    return finding && `${finding.result} ${finding.check}: ${finding.detail}`;
  };
  expect(judged({ nowS: silentS - 1n })).toBeUndefined();
  expect(judged({ asOf: 0n })).toBeUndefined();
  expect(judged({ nowS: silentS }, 0)).toBeUndefined();
  expect(judged({ nowS: silentS })).toBe(
    'fail alpha exit: no statement for 30 days, the newest made 1970-01-01T00:16:40.000Z: anyone may announce it; docs/RUNBOOKS/10-exit.md',
  );
  expect(judged({ announcedAt: 3_000_000n, openableAt: 3_604_800n })).toBe(
    'fail alpha exit: announced 1970-02-04T17:20:00.000Z, and opens from 1970-02-11T17:20:00.000Z on unless a statement made since is posted: run attesters and a relayer; docs/RUNBOOKS/10-exit.md',
  );
  expect(judged({ announcedAt: 3_000_000n, openableAt: 3_604_800n, openedAt: 3_700_000n })).toMatch(
    /^fail alpha exit: open since 1970-02-12T19:46:40.000Z: the vault takes no statement any more/,
  );
});
