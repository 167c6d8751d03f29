import { collateralVaultAbi } from '@surety/contracts';
import { type TxHash, ZERO_WORD, txHash } from '@surety/domain';
import {
  CHAINS,
  COLLATERAL_CHAINS,
  type Devnet,
  type MinedRelease,
  SETTLEMENT_CHAIN_ID,
  accountOf,
  assetIndexOf,
  connectWallet,
  mintAndApprove,
  readAppliedCount,
  readVaultJournalCount,
  requestRelease,
  vaultOf,
  waitUntil,
} from '@surety/devnet';
import { readPaidCount, readReleased } from './compare-payments.js';
import { fillReleaseLines } from './release-load.js';
import type { SeededRandom } from './seeded-random.js';

/** Slots of an epoch, so that a reorganisation of 64 blocks is honest: blocks are final 66 behind the head. */
export const EPOCH_SLOTS = 33;
/** Blocks after which everything that is there now is final. */
const LAG = 2 * EPOCH_SLOTS + 2;
const UNITS = 5_000_000n;
const LOCK_GAS = 150_000n;
const STAGE_MS = 45_000;

/** How far an entry has come when its chains are reorganised: a lock on its way, then a release on its way back. */
export const STAGES = ['seen', 'final', 'attested', 'applied', 'requested', 'recorded', 'paid'] as const;

/** One of {@link STAGES}. */
export type Stage = (typeof STAGES)[number];

/** What the aggregator calls a release from each stage on; a payment in a block that is not final is what is to go away. */
const RELEASE_REACHED: Readonly<Partial<Record<Stage, readonly string[]>>> = {
  recorded: ['recorded', 'payable', 'paying', 'paid'],
  paid: ['paying', 'paid'],
};

/** One reorganisation of one chain. */
export interface Reorg {
  readonly stage: Stage;
  readonly chainId: number;
  readonly depth: number;
  /** Logs of the protocol's contracts in the blocks that went away. */
  readonly hits: number;
}

/** Reorganises all chains at once under a running line, at every stage of an entry. Blocks come only when it says so. */
export class ReorgCampaign {
  readonly reorgs: Reorg[] = [];
  readonly #devnet: Devnet;
  readonly #random: SeededRandom;

  constructor(devnet: Devnet, random: SeededRandom) {
    this.#devnet = devnet;
    this.#random = random;
  }

  /** Stops the coming of blocks and gives the payer what it locks, deep enough that no reorganisation takes it away. */
  async open(): Promise<void> {
    for (const { chainId } of COLLATERAL_CHAINS)
      await mintAndApprove(this.#devnet.network, { chainId, by: 'bob', asset: 'USDC', units: UNITS * 100_000n });
    await fillReleaseLines(this.#devnet, () => this.#mine(10));
    for (const node of this.#devnet.network.nodes.values()) await node.startBlocks(0);
    await this.#mine(LAG);
  }

  /** Brings locks on both chains, or a release, to a stage, and reorganises every chain to the same depth. */
  async reorganiseAt(stage: Stage, depth: number): Promise<void> {
    const isRelease = stage === 'requested' || stage === 'recorded' || stage === 'paid';
    if (isRelease) await this.#bringRelease(stage);
    else await this.#bringTo(stage, await this.#lockEverywhere());
    // Whatever stands deeper, something new lies on top.
    await this.#lockEverywhere();
    const hits = await Promise.all(CHAINS.map(({ chainId }) => this.#countLogs(chainId, depth)));
    const nodes = [...this.#devnet.network.nodes.values()];
    await Promise.all(nodes.map((node) => node.call('anvil_reorg', [depth, []])));
    CHAINS.forEach(({ chainId }, at) => this.reorgs.push({ stage, chainId, depth, hits: hits[at] ?? 0 }));
    await this.#mine(1);
  }

  /** Lets everything become final and be applied. */
  async settle(): Promise<void> {
    await this.#mine(LAG);
    for (const { chainId } of COLLATERAL_CHAINS) {
      const count = await readVaultJournalCount(this.#devnet.network, chainId);
      await this.#mineUntil(
        `${count} entries of chain ${chainId} applied`,
        async () => (await readAppliedCount(this.#devnet.network, chainId)) >= count,
      );
      await this.#mineUntil(`the releases for chain ${chainId} paid`, async () => {
        const { network } = this.#devnet;
        return (await readPaidCount(network, chainId)) >= (await readReleased(network, chainId)).length;
      });
    }
    await this.#mine(LAG);
  }

  /** Locks on every collateral chain, and gives the transactions. */
  async #lockEverywhere(): Promise<readonly TxHash[]> {
    const { network } = this.#devnet;
    const hashes: TxHash[] = [];
    for (const { chainId } of COLLATERAL_CHAINS) {
      const wallet = connectWallet(network.nodes.get(chainId)?.url ?? '', chainId, 'bob');
      const hash = await wallet.writeContract({
        address: vaultOf(network, chainId),
        abi: collateralVaultAbi,
        functionName: 'lock',
        args: [assetIndexOf(network, { chainId, asset: 'USDC' }), UNITS, accountOf('bob'), ZERO_WORD, 0n, 0],
        gas: LOCK_GAS,
      });
      hashes.push(txHash(hash));
    }
    await this.#mine(1);
    return hashes;
  }

  async #bringTo(stage: Stage, hashes: readonly TxHash[]): Promise<void> {
    const { aggregator } = this.#devnet;
    const haveReached = async (wanted: Stage): Promise<boolean> => {
      const found = await Promise.all(hashes.map((hash) => aggregator.readEntry(hash)));
      return found.every(
        ([entry]) => entry !== undefined && STAGES.indexOf(entry.stage as Stage) >= STAGES.indexOf(wanted),
      );
    };
    if (stage === 'seen') return this.#await('the locks seen', () => haveReached('seen'));
    await this.#mine(LAG);
    if (stage === 'final') return;
    await this.#await('the locks attested', () => haveReached('attested'));
    if (stage === 'attested') return;
    await this.#mineUntil('the locks applied', () => haveReached('applied'));
    // Sometimes right behind the batch, sometimes some blocks later.
    await this.#mine(this.#random.between(1, 20));
  }

  async #bringRelease(stage: Stage): Promise<void> {
    const { chainId } = this.#random.pick(COLLATERAL_CHAINS);
    const release = await this.#request(chainId);
    const reached = RELEASE_REACHED[stage];
    if (reached === undefined) return;
    await this.#mine(LAG);
    await this.#mineUntil(`a release ${stage}`, async () => {
      const [entry] = await this.#devnet.aggregator.readEntry(release);
      return entry !== undefined && reached.includes(entry.stage);
    });
    await this.#mine(this.#random.between(1, 20));
  }

  /** Requests a release while blocks come. */
  async #request(chainId: number): Promise<TxHash> {
    let mined: MinedRelease | undefined;
    const request = { chainId, by: 'alice', asset: 'USDC', units: 2n * UNITS } as const;
    const asked = requestRelease(this.#devnet.network, request).then((release) => (mined = release));
    await this.#mineUntil('a release requested', async () => mined !== undefined);
    return (await asked).txHash;
  }

  async #await(what: string, isThere: () => Promise<boolean>): Promise<void> {
    await waitUntil({ what, withinMs: STAGE_MS, everyMs: 50, probe: async () => (await isThere()) || undefined });
  }

  /** Waits while blocks come everywhere. */
  async #mineUntil(what: string, isThere: () => Promise<boolean>): Promise<void> {
    await waitUntil({
      what,
      withinMs: 2 * STAGE_MS,
      everyMs: 250,
      probe: async () => {
        if (await isThere()) return true;
        await this.#mine(1);
        return undefined;
      },
    });
  }

  /** Mines as many blocks on every chain: none runs ahead in time. */
  async #mine(blocks: number): Promise<void> {
    const nodes = [...this.#devnet.network.nodes.values()];
    await Promise.all(nodes.map((node) => node.call('anvil_mine', [`0x${blocks.toString(16)}`, '0x1'])));
  }

  /** Counts the protocol's logs in the newest blocks. */
  async #countLogs(chainId: number, depth: number): Promise<number> {
    const { network } = this.#devnet;
    const reader = network.readers.get(chainId);
    const head = (await reader?.getBlockNumber({ cacheTime: 0 })) ?? 0n;
    const address = chainId === SETTLEMENT_CHAIN_ID ? network.plan.settlement.ledger : vaultOf(network, chainId);
    const logs = await reader?.getLogs({ address, fromBlock: head - BigInt(depth) + 1n, toBlock: head });
    return logs?.length ?? 0;
  }
}

/** Says how deep and at which stages chains were reorganised, and how many of them lost something of ours. */
export function summarizeReorgs(reorgs: readonly Reorg[]): { readonly text: string; readonly hitShare: number } {
  const hitShare = reorgs.filter(({ hits }) => hits > 0).length / Math.max(1, reorgs.length);
  const bands = [1, 2, 4, 8, 16, 32, 64].map((top, at, tops) => {
    const low = (tops[at - 1] ?? 0) + 1;
    const inBand = reorgs.filter(({ depth }) => depth >= low && depth <= top).length;
    return `${low === top ? top : `${low}-${top}`}: ${inBand}`;
  });
  const stages = STAGES.map((stage) => {
    const at = reorgs.filter((one) => one.stage === stage);
    return `${stage}: ${at.length} (${at.filter(({ hits }) => hits > 0).length} hit)`;
  });
  const text = `${reorgs.length} reorganisations; by depth ${bands.join(', ')}; by stage ${stages.join(', ')}; ${Math.round(100 * hitShare)} % hit blocks with events of ours`;
  return { text, hitShare };
}
