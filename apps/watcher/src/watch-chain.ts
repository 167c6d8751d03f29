import { type OriginChainReader, createBalanceReader, createDestinationReader } from '@surety/chain';
import type { WatcherConfig } from '@surety/config';
import { type Address, address } from '@surety/domain';
import {
  Bell,
  type Clock,
  DestinationEpochs,
  type DestinationReader,
  type Observer,
  PooledChain,
  VaultBalances,
  type VaultBalancesOptions,
  slowLookMs,
  watchHeads,
} from '@surety/workflows';
import { type ConfiguredChain, originChainOf } from './origin-chain-of.js';

/** One chain under watch: as the origin of journals, and as the destination of others. */
export interface ChainWatch {
  readonly config: ConfiguredChain;
  readonly reader: OriginChainReader;
  /** The same chain, read once for all its journals. */
  readonly pooled: PooledChain;
  /** Rings at each new head. */
  readonly heads: Bell;
  readonly destination: DestinationReader;
  readonly epochs: DestinationEpochs;
  /** Holdings of its vault against what it accounts for; undefined without a vault. */
  readonly balances: VaultBalances | undefined;
  /** Starts the loops that all its journals share, and resolves once they have ended after the signal. */
  run(): Promise<void>;
}

/** Dependencies of the loop that watches a chain. */
export interface WatchChainOptions {
  readonly config: WatcherConfig;
  readonly chain: ConfiguredChain;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** Opens one chain of the configuration; sends nothing before it runs. @throws BAD_OPTIONS. */
export async function watchChain(options: WatchChainOptions, signal: AbortSignal): Promise<ChainWatch> {
  const { config, chain, clock, observer } = options;
  const reader = await originChainOf(config, chain, options);
  const heads = new Bell();
  const pooled = new PooledChain({ chain: reader, heads, signal });
  const destination = createDestinationReader({
    readFinalTip: () => pooled.readFinalTip(),
    readSlots: (...args) => reader.readSlots(...args),
    readCode: (...args) => reader.readCode(...args),
  });
  const epochs = new DestinationEpochs({
    chainId: chain.chainId,
    reader: destination,
    attesterSet: attesterSetOn(config, chain),
    expected: { epoch: config.attesters.epoch, members: config.attesters.members.map(address) },
    observer,
  });
  const calls = createBalanceReader({
    readFinalTip: () => pooled.readFinalTip(),
    callAgreed: (...args) => reader.callAgreed(...args),
  });
  const balances = balancesOf(chain, { reader: calls, clock, observer });
  const run = async (): Promise<void> => {
    await Promise.all([
      watchHeads(reader, heads, signal),
      epochs.follow(heads, signal),
      balances?.follow(heads, signal),
      reader.checkProviders(signal),
    ]);
  };
  return { config: chain, reader, pooled, heads, destination, epochs, balances, run };
}

function balancesOf(
  { chainId, vault, blockTimeMs }: ConfiguredChain,
  tools: Pick<VaultBalancesOptions, 'reader' | 'clock' | 'observer'>,
): VaultBalances | undefined {
  // The vault beside the ledger is no origin of statements.
  if (vault === undefined || vault.source === 0) return undefined;
  const tokens = vault.assets.map(({ index, token }) => ({ asset: index, token: address(token) }));
  return new VaultBalances({
    ...tools,
    pauseMs: slowLookMs(blockTimeMs),
    chainId,
    vault: address(vault.address),
    tokens,
  });
}

/** The ledger's verifier on the settlement chain, elsewhere the vault's. */
function attesterSetOn({ settlement }: WatcherConfig, { chainId, vault }: ConfiguredChain): Address {
  const set = chainId === settlement.chainId ? settlement.attesterSet : vault?.attesterSet;
  if (set === undefined)
    throw new TypeError(`chain ${chainId} has no attester set; expected a vault or the ledger on it`);
  return address(set);
}
