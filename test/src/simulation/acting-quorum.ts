import { keccak256 } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, type JournalHead, asciiToBytes, bytesToHex } from '@surety/domain';
import type { DeployedEdge } from './deployment.js';
import { Life } from './life.js';
import { digestOf, signAsModel } from './signature-model.js';
import type { WatcherHost } from './watcher-host.js';
import { HistoryModel } from './watcher-stores.js';
import type { AnyChain, World } from './world.js';

/** A statement with the signatures of a quorum. */
export interface SignedPoint {
  readonly statement: JournalHead;
  readonly signatures: Hex;
}

/** Members who sign by hand, honestly for a rewind or dishonestly for a forgery, and what is sent with that. */
export class ActingQuorum {
  readonly #world: World;
  readonly #random;
  readonly #watchers: readonly WatcherHost[];
  #sent = 0;

  constructor(world: World, watchers: readonly WatcherHost[]) {
    this.#world = world;
    this.#random = world.random.fork('quorum');
    this.#watchers = watchers;
  }

  /** Has k members sign a statement of the origin's newest final block, each through its history; liars only if it lacks some. */
  async sign(
    edge: DeployedEdge,
    said: Pick<JournalHead, 'edge' | 'count' | 'tip' | 'head'>,
  ): Promise<SignedPoint | undefined> {
    const { deployment, plant } = this.#world;
    const { final } = this.#world.chainOf(edge.originId);
    const asOf = BigInt(final.timestampS);
    const epoch = deployment.epochs.findLast(({ activeFromS }) => activeFromS <= final.timestampS);
    if (epoch === undefined) return undefined;
    const block = { blockNumber: BigInt(final.height), blockHash: final.hash };
    const statement = { ...said, ...block, asOf, epoch: epoch.epoch } as JournalHead;
    const signers: Address[] = [];
    const life = new Life('signers', this.#world.scheduler);
    for (const host of this.#random.shuffled(this.#watchers)) {
      if (signers.length === epoch.quorum || host.isGone || host.isImpaired) continue;
      const rows = rowsOf(statement, edge.originId);
      const recorded = await Promise.all(
        host.histories.map((disk) => new HistoryModel(disk, life, plant).record(rows).catch(() => undefined)),
      );
      if (recorded.every((one) => one?.kind === 'recorded')) signers.push(host.address);
    }
    const honest = new Set(this.#watchers.map(({ address }) => address));
    for (const member of epoch.members) if (signers.length < epoch.quorum && !honest.has(member)) signers.push(member);
    if (signers.length < epoch.quorum) return undefined;
    const digest = digestOf(statement, edge.domain);
    const texts = signers.sort().map((signer) => signAsModel(digest, signer).slice(2));
    return { statement, signatures: `0x${texts.join('')}` };
  }

  /** Submits a call that nobody pays for. */
  send(chain: AnyChain, call: object): void {
    const hash = bytesToHex(keccak256(asciiToBytes(`governance ${this.#sent++}`)));
    chain.submit({ hash, sender: undefined, nonce: 0, maxFeePerGas: 10n ** 15n, gasLimit: 8_000_000n, call } as never);
  }
}

/** What a statement claims: the rows that an attester's history must hold before it is signed. */
function rowsOf({ edge, count, tip, head, blockNumber, blockHash, asOf }: JournalHead, chainId: number) {
  const value = `0x${tip.toString(16).padStart(64, '0')}` as Bytes32;
  return [
    { kind: 'head' as const, edge, count, value: head },
    { kind: 'tip' as const, edge, asOf, height: blockNumber, value },
    { kind: 'block' as const, chainId, height: blockNumber, value: blockHash as string as Bytes32 },
  ];
}
