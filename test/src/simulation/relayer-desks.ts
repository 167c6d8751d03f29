import {
  type Address,
  type Hex,
  ZERO_WORD,
  accountId,
  blockHeight,
  bytes32,
  bytesToHex,
  refundRecord,
  tokenUnits,
} from '@surety/domain';
import { keccak256 } from '@surety/contracts';
import type { createTransactionSender } from '@surety/transactions';
import type {
  EdgeReplica,
  EntryBatch,
  LandOutcome,
  Ledger,
  PaymentState,
  ReplicaPosition,
  Vault,
} from '@surety/workflows';
import type { DeployedEdge } from './deployment.js';
import { entryHashOf } from './ledger-credits.js';
import { type LedgerCall, coverageIn, openOf, orphanOf } from './ledger-state.js';
import type { rpcModel } from './rpc-model.js';
import { type PaymentModel, type VaultCall, keptHash } from './vault-state.js';
import type { AnyChain, World } from './world.js';

/** Age in seconds from which modelled replicas count less. */
const STALE_AFTER_S = 600n;
const GAS_CEILING = 8_000_000n;

/** Where one relayer sends transactions of one chain from. */
export interface Desk {
  readonly chain: AnyChain;
  readonly rpc: ReturnType<typeof rpcModel>;
  readonly sender: ReturnType<typeof createTransactionSender>;
  readonly to: Address;
}

/** What the ports of a relayer stand on. */
export interface DeskParts {
  readonly world: World;
  readonly desk: Desk;
  /** Who is paid for batches. */
  readonly feeTo: Address;
}

/** The contract's names of a modelled payment's states. */
export const PAYMENT_STAGES: Readonly<Record<PaymentModel['state'], PaymentState>> = {
  queued: 'QUEUED',
  paid: 'PAID',
  claimable: 'CLAIMABLE',
  stopped: 'STOPPED',
  void: 'VOID',
  none: 'NONE',
};

/** The replica at the end of an edge, as a relayer reads and feeds it. */
export function replicaPort(parts: DeskParts, edge: DeployedEdge): EdgeReplica {
  const { world, desk } = parts;
  const { source, direction } = edge;
  const read = async (signal?: AbortSignal): Promise<ReplicaPosition> => {
    await look(desk, signal);
    const { head } = desk.chain;
    const replica = world.replicaIn(head, edge);
    const { name, count, head: at, asOf, way, generation, previousHead } = replica;
    const isHeld = head.timestampS < replica.heldUntilS;
    return {
      source,
      edge: name,
      rewound: way === undefined ? { generation, previousHead } : null,
      count: BigInt(count),
      head: at,
      asOf: BigInt(asOf),
      state: way !== undefined ? 'CLOSED' : isHeld ? 'QUARANTINED' : 'LIVE',
      staleAfterS: STALE_AFTER_S,
      height: blockHeight(head.height),
      timestamp: BigInt(head.timestampS),
    };
  };
  const feeTo = accountId({ owner: parts.feeTo, home: 0, sub: 0n });
  return {
    read,
    distrustProvider: () => desk.rpc.rotate(),
    apply: ({ from, packed, attested }: EntryBatch, signal) => {
      const { statement, signatures } = attested;
      const batch = { from, packed, statement, signatures };
      const call: LedgerCall | VaultCall =
        direction === 'to-ledger' ? { kind: 'apply', source, feeTo, ...batch } : { kind: 'apply-releases', ...batch };
      return land(parts, call, async () => (await read()).count >= statement.count, signal);
    },
    refresh: ({ statement, signatures }, signal) => {
      const effect = async (): Promise<boolean> => (await read()).asOf >= statement.asOf;
      return land(parts, { kind: 'refresh', statement, signatures }, effect, signal);
    },
  };
}

/** One vault as a relayer uses it. */
export function vaultPort(parts: DeskParts, edge: DeployedEdge, replica: EdgeReplica): Vault {
  const { world, desk } = parts;
  const chain = world.vaultOf(edge.source);
  const readPayment: Vault['readPayment'] = async (seq, signal) => {
    await look(desk, signal);
    const { state, timestampS } = chain.head;
    const payment = state.payments.get(seq);
    const entryHash: Hex = payment === undefined ? '0x' : keptHash(payment);
    return {
      entryHash,
      readyAt: BigInt(payment?.readyAtS ?? 0),
      state: payment === undefined ? 'NONE' : PAYMENT_STAGES[payment.state],
      // No modelled payment waits for witnesses, only refunds do.
      waits: false,
      isRefunded: payment?.isRefunded === true,
      timestamp: BigInt(timestampS),
    };
  };
  const isOver = async (seq: bigint): Promise<boolean> =>
    ['PAID', 'CLAIMABLE', 'STOPPED', 'VOID'].includes((await readPayment(seq)).state);
  return {
    readReplica: (signal) => replica.read(signal),
    applyReleases: (batch, signal) => replica.apply(batch, signal),
    refresh: (attested, signal) => replica.refresh(attested, signal),
    readPayment,
    readConfirmed: async () => BigInt(chain.head.state.replica.confirmed),
    pay: ({ seq, packed }, signal) => land(parts, { kind: 'pay', seq, packed }, () => isOver(seq), signal),
    tryTransfer: async () => true,
    giveBack: async () => ({ kind: 'refused', name: 'PaymentNotReady', detail: 'no modelled run lasts 30 days' }),
    refund: ({ seq, packed }, signal) => land(parts, { kind: 'refund', seq, packed }, never, signal),
    takeLoss: ({ seq, packed }, signal) => land(parts, { kind: 'take-loss', seq, packed }, () => isOver(seq), signal),
    readHolding: async (asset, signal) => {
      await look(desk, signal);
      const { accounted, held, shortages } = chain.head.state;
      const shortage = shortages.get(asset);
      return {
        accounted: accounted.get(asset) ?? 0n,
        held: held.get(asset) ?? 0n,
        reportedWad: shortage?.coverageWad ?? 10n ** 18n,
        shortSince: BigInt(shortage?.shortSinceS ?? 0),
        hasEnded: false,
      };
    },
    report: (asset, signal) => land(parts, { kind: 'report', asset }, never, signal),
    noteCode: async () => ({ kind: 'refused', name: 'NothingToNote', detail: 'no modelled token has code' }),
    readPayCostWei: async () => 0n,
    distrustProvider: () => desk.rpc.rotate(),
  };
}

/** What a relayer does at the ledger beside replicas. */
export type LedgerDuties = Pick<
  Ledger,
  'readCoverage' | 'cover' | 'takeBack' | 'writeOff' | 'readReleased' | 'distrustProvider'
>;

/** The ledger as a relayer uses it to settle what a rewind or a shortage left. */
export function ledgerPort(parts: DeskParts): LedgerDuties {
  const { world, desk } = parts;
  const state = () => world.settlement.head.state;
  return {
    readCoverage: async ({ source, vaultAsset }, signal) => {
      await look(desk, signal);
      const { inForce, reported, since, lostSeq } = coverageIn(state(), source, vaultAsset);
      const told = { inForceWad: inForce, reportedWad: reported, impairedSince: BigInt(since), lostSeq };
      // The model judges the date itself; a simulation shows it.
      return { ...told, coverFrom: 0n, ...openOf(state(), source, vaultAsset) };
    },
    cover: (assetId, signal) => {
      const vaultAsset = assetId % 10;
      const source = (assetId - vaultAsset) / 10;
      const effect = async (): Promise<boolean> => coverageIn(state(), source, vaultAsset).since === 0;
      return land(parts, { kind: 'cover', source, vaultAsset }, effect, signal);
    },
    takeBack: ({ source, packed }, signal) => {
      const effect = async (): Promise<boolean> => orphanOf(state(), source, entryHashOf(packed)).count === 0;
      return land(parts, { kind: 'take-back', source, packed }, effect, signal);
    },
    writeOff: ({ source, vaultAsset }, signal) => land(parts, { kind: 'write-off', source, vaultAsset }, never, signal),
    readReleased: async ({ source, seq }, signal) => {
      await look(desk, signal);
      const record = state().released.get(`${source}:${seq}`);
      if (record === undefined) return ZERO_WORD;
      return bytes32(bytesToHex(refundRecord({ ...record, amount: tokenUnits(record.amount) }, keccak256)));
    },
    distrustProvider: () => desk.rpc.rotate(),
  };
}

async function never(): Promise<boolean> {
  return false;
}

/** Takes as long as reading the newest block does. */
async function look(desk: Desk, signal?: AbortSignal): Promise<void> {
  await desk.rpc.call('eth_getBlockByNumber', ['latest', false], signal);
}

function land(
  { world, desk }: DeskParts,
  call: LedgerCall | VaultCall,
  readEffect: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<LandOutcome> {
  const calldata = world.calls.enter(call);
  return desk.sender.land({ purpose: call.kind, to: desk.to, calldata, gasCeiling: GAS_CEILING, readEffect }, signal);
}
