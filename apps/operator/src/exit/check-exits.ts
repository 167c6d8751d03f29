import { tellFailure } from '../errors.js';
import { formatTime } from '../terminal/format.js';
import type { Finding } from '../terminal/group-findings.js';
import { openAgreed } from '../chains/open-agreed.js';
import type { Reach } from '../chains/open-config.js';
import { type ExitState, type ExitVault, openExitVault, readExit } from './exit-vault.js';
import { EXIT_SILENCE_S } from './next-exit-act.js';

const RUNBOOK = 'docs/RUNBOOKS/10-exit.md';

/**
 * Names each vault whose exit is open, announced, or may be announced by anyone. Chains without providers are left out; of others two thirds
 * must agree, so that one that lies is named by its own checks alone.
 */
export async function checkExits(config: Reach): Promise<Finding[]> {
  const { settlement, chains } = config.network;
  const isReached = (id: number | undefined): boolean =>
    id !== undefined && (config.endpoints.get(id) ?? []).length > 0;
  if (!isReached(settlement?.chainId)) return [];
  const reached = chains.filter(({ chainId, vault }) => vault !== undefined && isReached(chainId));
  const all = await Promise.all(
    reached.map(async ({ name }): Promise<Finding | undefined> => {
      const place = openExitVault(config, name);
      try {
        const { reader, block } = await openAgreed(place.at);
        return judgeExit(place, await readExit({ client: reader, vault: place.vault }, block));
      } catch (cause) {
        return { check: `${name} exit`, result: 'fail', detail: tellFailure(cause).message };
      }
    }),
  );
  return all.filter((one) => one !== undefined);
}

/**
 * Judges how near a vault's exit is: anyone may announce it after 30 days without a statement, attesters may answer for 7 days, and once it
 * is open the vault takes no statement any more. Undefined while none is near; the vault of the ledger's own chain (source 0) has none.
 */
export function judgeExit({ at, source }: Pick<ExitVault, 'at' | 'source'>, state: ExitState): Finding | undefined {
  if (source === 0) return undefined;
  const check = `${at.chain.name} exit`;
  if (state.openedAt !== 0n) {
    const detail = `open since ${formatTime(state.openedAt)}: the vault takes no statement any more, and its owners claim; ${RUNBOOK}`;
    return { check, result: 'fail', detail };
  }
  if (state.announcedAt !== 0n) {
    const when = `announced ${formatTime(state.announcedAt)}, and opens from ${formatTime(state.openableAt)} on`;
    const detail = `${when} unless a statement made since is posted: run attesters and a relayer; ${RUNBOOK}`;
    return { check, result: 'fail', detail };
  }
  if (state.asOf === 0n || state.nowS < state.asOf + EXIT_SILENCE_S) return undefined;
  const detail = `no statement for 30 days, the newest made ${formatTime(state.asOf)}: anyone may announce it; ${RUNBOOK}`;
  return { check, result: 'fail', detail };
}
