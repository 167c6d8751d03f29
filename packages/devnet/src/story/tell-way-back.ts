import { type OpenCreditLine, borrow, readDebt, repayAll } from '../acts/credit-line.js';
import { findRefusal, followRelease, readTokenBalance, requestRelease } from '../acts/release.js';
import { devnetAccount } from '../chains/accounts.js';
import { devnetError } from '../errors.js';
import type { Devnet } from '../start-devnet.js';
import { formatAmount } from './format-amount.js';
import type { Narrator } from './narrator.js';

/** The results of the way back. */
export interface WayBack {
  /** While the loan was open. */
  readonly healthFactorWad: bigint;
  /** With which error the ledger refused a release that would break the margin. */
  readonly refused: { readonly code: string };
  readonly release: {
    readonly txHash: string;
    /** Token units that arrived in its recipient's purse. */
    readonly units: bigint;
    readonly paidMs: number;
  };
}

/** The credit line's loan, in token units. */
export const LENT = 100_000_000_000n;
const BORROWED = 20_000_000_000n;
const RELEASED = 25_000_000_000n;
const PAID_WITHIN_MS = 90_000;
const USDC = 6;

/**
 * Borrows against the unified margin, tries to take too much out, repays, and takes the collateral back on its own
 * chain.
 */
export async function tellWayBack(
  devnet: Devnet,
  narrator: Narrator,
  opening: Promise<OpenCreditLine>,
): Promise<WayBack> {
  const { network } = devnet;
  narrator.chapter('She borrows on the settlement chain against what is locked elsewhere');
  const line = await opening;
  narrator.line(`a credit line at ${line.address} lends ${formatAmount(LENT, USDC)} USDS; the governor listed it`);
  await borrow(network, line, 'alice', BORROWED);
  const { debt, healthFactorWad } = await readDebt(network, line, 'alice');
  narrator.line(`she owes ${formatAmount(debt, USDC)} USDS, health factor ${formatAmount(healthFactorWad, 18)}`);
  const refused = await tellRefusal(devnet, narrator);
  narrator.chapter('She repays and takes her dollars back on alpha');
  await repayAll(network, line, 'alice');
  narrator.line(`she owes ${formatAmount((await readDebt(network, line, 'alice')).debt, USDC)} USDS`);
  return { healthFactorWad, refused, release: await tellRelease(devnet, narrator) };
}

async function tellRefusal({ network }: Devnet, narrator: Narrator): Promise<WayBack['refused']> {
  const tooMuch = { chainId: 901, by: 'alice', asset: 'USDC', units: RELEASED } as const;
  const refusal = await findRefusal(network, tooMuch);
  if (refusal === undefined) throw devnetError('STORY_BROKE', 'the ledger would release what the loan stands on');
  const [, assets, required] = refusal.args;
  narrator.line(
    `the release of ${formatAmount(RELEASED, USDC)} USDC is refused: ${refusal.code}, initial assets ` +
      `${formatAmount(BigInt(String(assets)), 18)} below the requirement ${formatAmount(BigInt(String(required)), 18)}`,
  );
  return { code: refusal.code };
}

async function tellRelease(devnet: Devnet, narrator: Narrator): Promise<WayBack['release']> {
  const { network } = devnet;
  const purse = { chainId: 901, asset: 'USDC', holder: devnetAccount('alice').address } as const;
  const before = await readTokenBalance(network, purse);
  const release = await requestRelease(network, { chainId: 901, by: 'alice', asset: 'USDC', units: RELEASED });
  narrator.line(
    `${formatAmount(RELEASED, USDC)} USDC debited in settlement block ${release.height}, ${release.txHash}`,
  );
  await followRelease(devnet, {
    release,
    withinMs: PAID_WITHIN_MS,
    tell: (stage, afterMs) => narrator.line(`${stage.padEnd(9)} ${String(afterMs).padStart(6)} ms after the request`),
  });
  const paidMs = Date.now() - release.minedMs;
  const paid = (await readTokenBalance(network, purse)) - before;
  if (paid !== RELEASED) throw devnetError('STORY_BROKE', `${paid} units arrived; expected ${RELEASED}`);
  narrator.line(`${formatAmount(paid, USDC)} USDC arrived at ${purse.holder} on alpha`);
  return { txHash: release.txHash, units: paid, paidMs };
}
