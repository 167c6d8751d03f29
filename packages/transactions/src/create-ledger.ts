import { attesterSetAbi, collateralLedgerAbi, riskManagerAbi } from '@surety/contracts';
import { type AccountId, type Address, type Bytes32, address, bytes32, bytesToHex } from '@surety/domain';
import {
  type AssetCoverage,
  type AssetNumbers,
  type Ledger,
  type ReplicaPosition,
  REPLICA_STATES,
  type TransactionSender,
} from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeFunctionData, parseEventLogs } from 'viem';
import type { ChainReads } from './chain-reads.js';
import { transactionError } from './errors.js';
import { judgeMarked } from './judge-marked.js';
import { landActs } from './land-acts.js';
import { UNPARK_GAS } from './limits.js';
import { readViews } from './read-views.js';
import { rewoundOf } from './rewound.js';
import type { Rpc } from './rpc.js';

/** Custom errors of every contract that a call to the ledger can revert in. */
export const LEDGER_ERRORS: Abi = [...collateralLedgerAbi, ...attesterSetAbi, ...riskManagerAbi].filter(
  (item) => item.type === 'error',
);

/** The ledger's address, and the settings for its calls. */
export interface LedgerOptions {
  readonly rpc: Rpc;
  readonly reads: ChainReads;
  readonly sender: TransactionSender;
  readonly ledger: Address;
  readonly riskManager: Address;
  /** Account credited with the fees of applied entries: an owner with home 0. */
  readonly feeTo: AccountId;
  /** Largest simulated gas of one batch. */
  readonly gasCeiling: bigint;
}

/** Creates the port through which a relayer reads the ledger and applies entries to it. */
export function createLedger(options: LedgerOptions): Ledger {
  const { reads, sender, gasCeiling, ledger: to } = options;
  const abi = collateralLedgerAbi;
  const act = landActs({ sender, to, abi, gasCeiling });
  const readReplica = (source: number, signal?: AbortSignal) => readReplicaOf(reads, to, source, signal);
  return {
    readReplica,
    distrustProvider: () => options.rpc.rotate(),
    apply: async ({ source, from, packed, marks = [], attested }, signal) => {
      const { statement, signatures } = attested;
      const readEffect = async (inner?: AbortSignal) => (await readReplica(source, inner)).count >= statement.count;
      const args = [source, from, bytesToHex(packed), marks, statement, signatures, options.feeTo] as const;
      const landed = await act('applyEntries', args, { purpose: 'apply', readEffect }, signal);
      return judgeMarked(reads, landed, { marks, contract: to, abi }, signal);
    },
    refresh: (source, { statement, signatures }, signal) => {
      const readEffect = async (inner?: AbortSignal) => (await readReplica(source, inner)).asOf >= statement.asOf;
      const call = { purpose: 'refresh', priority: 'upkeep', readEffect } as const;
      return act('refresh', [[statement], [signatures]], call, signal);
    },
    unpark: ({ source, index }, signal) => {
      const readEffect = async (inner?: AbortSignal) => !(await isParkedAt(reads, to, { source, index }, inner));
      return act('unpark', [source, index], { purpose: 'unpark', priority: 'upkeep', readEffect }, signal);
    },
    // The ledger rejects a second identical note, cover, take-back or write-off: an overtaken one fails in simulation.
    noteHalt: (source, signal) => act('noteHalt', [source], { purpose: 'note-halt', priority: 'credit' }, signal),
    readCoverage: (asset, signal) => readCoverageOf(reads, to, asset, signal),
    ...createReleaseReader(options),
    cover: (assetId, signal) => act('cover', [assetId], { purpose: 'cover', priority: 'upkeep' }, signal),
    takeBack: ({ source, packed }, signal) =>
      act('takeBack', [source, bytesToHex(packed)], { purpose: 'take-back', priority: 'upkeep' }, signal),
    writeOff: ({ source, vaultAsset }, signal) =>
      act('writeOff', [source, vaultAsset], { purpose: 'write-off', priority: 'upkeep' }, signal),
    async readUnparkCostWei(signal) {
      const { baseFeePerGas, tipPerGas } = await reads.readMarket(signal);
      return UNPARK_GAS * (baseFeePerGas + tipPerGas);
    },
    async poke(slots, signal) {
      const riskManager = landActs({ sender, to: options.riskManager, abi: riskManagerAbi, gasCeiling });
      const outcome = await riskManager('poke', [slots], { purpose: 'poke', priority: 'upkeep' }, signal);
      if (outcome.kind !== 'landed') return outcome;
      const logs = (await reads.readLogs(outcome.txHash, signal)) as never;
      // @source IRiskManager.PokeSkipped
      const skips = parseEventLogs({ abi: riskManagerAbi, eventName: 'PokeSkipped', logs });
      return { ...outcome, skipped: skips.map(({ args }) => args.slot) };
    },
  };
}

/** Reads the ledger's records of releases through one reader of its chain; sends nothing. */
export function createReleaseReader(options: Pick<LedgerOptions, 'reads' | 'ledger'>): Pick<Ledger, 'readReleased'> {
  const { reads, ledger } = options;
  return { readReleased: (release, signal) => readReleasedOf(reads, ledger, release, signal) };
}

/** Returns which risk manager a ledger names at the newest block of one reader. @throws NO_LEDGER. */
export async function readRiskManager(
  { reads, ledger }: Pick<LedgerOptions, 'reads' | 'ledger'>,
  signal?: AbortSignal,
): Promise<Address> {
  const { height } = await reads.readHead('latest', signal);
  return address((await viewsOf(reads, ledger)('riskManager', [], height, signal)).toLowerCase());
}

async function isParkedAt(
  reads: ChainReads,
  to: Address,
  { source, index }: { readonly source: number; readonly index: bigint },
  signal?: AbortSignal,
): Promise<boolean> {
  const head = await reads.readHead('latest', signal);
  const calldata = encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'parkedOf', args: [source, index] });
  const answer = await reads.call({ to, calldata }, head.height, signal);
  if (answer.kind !== 'answer') return true;
  return decodeFunctionResult({ abi: collateralLedgerAbi, functionName: 'parkedOf', data: answer.bytes }).reason !== 0;
}

async function readReleasedOf(
  reads: ChainReads,
  to: Address,
  { source, seq }: { readonly source: number; readonly seq: bigint },
  signal?: AbortSignal,
): Promise<Bytes32> {
  const { height } = await reads.readHead('latest', signal);
  return bytes32(await viewsOf(reads, to)('releasedOf', [source, seq], height, signal));
}

async function readCoverageOf(
  reads: ChainReads,
  to: Address,
  { source, vaultAsset }: AssetNumbers,
  signal?: AbortSignal,
): Promise<AssetCoverage> {
  const { height } = await reads.readHead('latest', signal);
  const view = viewsOf(reads, to);
  const [coverage, [orphaned, missing, found]] = await Promise.all([
    view('coverageOf', [source, vaultAsset], height, signal),
    view('unsettledOf', [source, vaultAsset], height, signal),
  ]);
  const [inForceWad, reportedWad, impairedSince, coverFrom, lostSeq] = coverage;
  return {
    inForceWad,
    reportedWad,
    impairedSince: BigInt(impairedSince),
    coverFrom: BigInt(coverFrom),
    lostSeq,
    orphaned,
    missing,
    found,
  };
}

async function readReplicaOf(
  reads: ChainReads,
  to: Address,
  source: number,
  signal?: AbortSignal,
): Promise<ReplicaPosition> {
  const { height, timestamp } = await reads.readHead('latest', signal);
  const view = viewsOf(reads, to);
  const [replica, [{ staleAfterMin }], [generation, next, , , pointHead]] = await Promise.all([
    view('replicaOf', [source], height, signal),
    view('sourceOf', [source], height, signal),
    view('rewindOf', [source], height, signal),
  ]);
  const [edge, count, head, asOf, , stateIndex] = replica;
  return {
    source,
    edge: bytes32(edge),
    rewound: rewoundOf({ generation, next, head: pointHead }),
    count,
    head: bytes32(head),
    asOf: BigInt(asOf),
    state: REPLICA_STATES[stateIndex] ?? 'NONE',
    staleAfterS: 60n * BigInt(staleAfterMin),
    height,
    timestamp,
  };
}

function viewsOf(reads: ChainReads, ledger: Address) {
  return readViews({
    reads,
    to: ledger,
    abi: collateralLedgerAbi,
    missing: ({ name, args }, seen) =>
      transactionError(
        'NO_LEDGER',
        `${name}(${args.join(', ')}) of ${ledger} gave ${seen}; expected a ledger that lists it; check settlement.ledger in chains.config.json`,
        { source: Number(args[0]) },
      ),
  });
}
