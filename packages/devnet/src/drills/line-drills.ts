import { lockTokens, accountOf } from '../acts/lock.js';
import { address } from '@surety/domain';
import { readLedgerLine } from '../acts/read-applied.js';
import { readTokenBalance } from '../acts/release.js';
import { devnetAccount } from '../chains/accounts.js';
import { SETTLEMENT_CHAIN_ID } from '../network/chain-facts.js';
import type { Devnet } from '../start-devnet.js';
import { awaitCredit, isApplied } from './await-credit.js';
import type { Incident } from './incident.js';

const ALPHA = 901;
const USDC = 1_000_000n;
const usdc = { chainId: ALPHA, asset: 'USDC' } as const;

/** The only relayer is gone, and somebody locks. */
export async function stageQuietRelayer(devnet: Devnet): Promise<Incident> {
  await devnet.running('relayer')?.kill();
  const lock = await lockTokens(devnet.network, { ...usdc, by: 'bob', units: 1_000n * USDC });
  return {
    said: `bob says: my lock ${lock.txHash} on alpha does not arrive`,
    values: { '<hash>': lock.txHash, '<name>': 'alpha' },
    goOn: () => isApplied(devnet, lock),
  };
}

/** The relayer runs and can pay for nothing on the settlement chain, and somebody locks. */
export async function stageEmptyWallet(devnet: Devnet): Promise<Incident> {
  const { network } = devnet;
  await network.nodes.get(SETTLEMENT_CHAIN_ID)?.call('anvil_setBalance', [devnetAccount('relayerA').address, '0x0']);
  const lock = await lockTokens(network, { ...usdc, by: 'bob', units: 1_000n * USDC });
  return {
    said: `alert SuretyWalletLow; bob says: my lock ${lock.txHash} on alpha does not arrive`,
    values: { '<hash>': lock.txHash },
    goOn: () => isApplied(devnet, lock),
  };
}

/** An owner's key is in other hands too, and has not been used yet. */
export async function stageStolenOwnerKey(devnet: Devnet): Promise<Incident> {
  const { network } = devnet;
  await awaitCredit(devnet, { ...usdc, by: 'alice', units: 5_000n * USDC });
  // Nobody's yet: the owner makes a new key.
  const refuge = address(`0x5afe${'00'.repeat(17)}01`);
  return {
    said: `alice says: my key was on a machine that is gone, please help me to move what I have on alpha to ${refuge}`,
    values: { '<name>': 'alpha', '<symbol>': 'USDC', '<new address>': refuge },
    goOn: async () => {
      const left = await readLedgerLine(network, { chainId: ALPHA, symbol: 'USDC', account: accountOf('alice') });
      const saved = await readTokenBalance(network, { ...usdc, holder: refuge });
      return left === 0n && saved > 0n;
    },
  };
}
