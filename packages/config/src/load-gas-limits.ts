import { type ConfigIssue, configError } from './errors.js';
import type { ConfigReader, Environment } from './load-config.js';

/** Most that a transaction of one chain may offer, in wei per gas. */
export interface FeeCaps {
  /** Base fee and tip together. */
  readonly feeCapWei: bigint;
  /** For the block's builder. */
  readonly tipCapWei: bigint;
}

/** Gas limits of a process on one chain, in wei. */
export interface GasLimits extends FeeCaps {
  /** Most wei per day from midnight UTC for gas and bridge fees, with every pending transaction at its worst case. */
  readonly budgetWeiPerDay: bigint;
}

const GWEI = 1_000_000_000n;
const TIP_CAP_WEI = 5n * GWEI;

/** Where nodes refuse a tip that is usual elsewhere: those of Polygon and Amoy take none below 25 gwei. @source maticnetwork/bor, params.BorDefaultTxPoolPriceLimit */
const TIP_CAPS_WEI: ReadonlyMap<number, bigint> = new Map([
  [137, 60n * GWEI],
  [80_002, 60n * GWEI],
]);

/** Above that a person should look before money is spent. */
const PERSON_FEE_CAP_WEI = 200n * GWEI;

/**
 * Reasons for the defaults: caps of 300 gwei with a tip of 5 make a batch of 8 M gas cost at most 2.9 coins; a budget
 * of 5 covers one such batch, and dozens at the fees of a quiet day.
 */
export function loadGasLimits(reader: ConfigReader, chainId: number): GasLimits {
  return {
    feeCapWei: reader.weiOf('SURETY_FEE_CAP_WEI', chainId, 300n * GWEI),
    tipCapWei: reader.weiOf('SURETY_TIP_CAP_WEI', chainId, tipCapOf(chainId)),
    budgetWeiPerDay: reader.weiOf('SURETY_GAS_BUDGET_WEI', chainId, 5_000_000_000_000_000_000n),
  };
}

/** Loads what a transaction that a person sends may offer, by the variables of relayers. @throws CONFIG_INVALID. */
export function loadFeeCaps(environment: Environment, chainId: number): FeeCaps {
  const issues: ConfigIssue[] = [];
  const weiOf = (name: string, fallback: bigint): bigint => {
    const read = parseWei(environment, { name, chainId, fallback });
    if (typeof read === 'bigint') return read;
    issues.push(read);
    return fallback;
  };
  const caps = {
    feeCapWei: weiOf('SURETY_FEE_CAP_WEI', PERSON_FEE_CAP_WEI),
    tipCapWei: weiOf('SURETY_TIP_CAP_WEI', tipCapOf(chainId)),
  };
  if (issues.length > 0) throw configError('CONFIG_INVALID', 'the environment', issues);
  return caps;
}

function tipCapOf(chainId: number): bigint {
  return TIP_CAPS_WEI.get(chainId) ?? TIP_CAP_WEI;
}

/** Reads a variable for one chain as wei, `NAME_<chain id>` before `NAME`; what is no amount is returned as the issue. */
export function parseWei(
  environment: Environment,
  { name, chainId, fallback }: { readonly name: string; readonly chainId: number; readonly fallback: bigint },
): bigint | ConfigIssue {
  const text = [environment[`${name}_${chainId}`], environment[name]].find((one) => one !== undefined && one !== '');
  if (text === undefined) return fallback;
  if (/^(0|[1-9][0-9]{0,38})$/.test(text)) return BigInt(text);
  return { path: `${name}[_${chainId}]`, seen: text, expected: 'wei as a whole decimal number, such as 5000000000' };
}
