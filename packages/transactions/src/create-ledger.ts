import { attesterSetAbi, collateralLedgerAbi, riskManagerAbi } from '@surety/contracts';
import { type AccountId, type Address, type Bytes32, type Hex, bytes32, bytesToHex } from '@surety/domain';
import {
  type AssetCoverage,
  type AssetNumbers,
  type AttestedStatement,
  type Ledger,
  type LedgerBatch,
  type ReplicaPosition,
  REPLICA_STATES,
  type TransactionCall,
  type TransactionSender,
} from '@surety/workflows';
import { type Abi, decodeFunctionResult, encodeFunctionData, parseAbi, parseEventLogs } from 'viem';
import type { ChainReads, ReceiptLog } from './chain-reads.js';
import { transactionError } from './errors.js';
import { judgeMarked } from './judge-marked.js';
import { UNPARK_GAS } from './limits.js';
import { rewoundOf } from './rewound.js';
import type { Rpc } from './rpc.js';

/** Custom errors of every contract that a call to the ledger can revert in. */
export const LEDGER_ERRORS: Abi = [...collateralLedgerAbi, ...attesterSetAbi, ...riskManagerAbi].filter(
  (item) => item.type === 'error',
);

/** Calls that anyone may make, implemented in several modules of the ledger. */
const DUTIES = parseAbi(['function unpark(uint16 source, uint96 index)', 'function noteHalt(uint16 source)']);

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
  const readReplica = (source: number, signal?: AbortSignal) => readReplicaOf(reads, to, source, signal);
  return {
    readReplica,
    distrustProvider: () => options.rpc.rotate(),
    apply: async (batch, signal) => {
      const landed = await sender.land(
        {
          purpose: 'apply',
          to,
          calldata: applyCalldata(batch, options.feeTo),
          gasCeiling,
          readEffect: async (inner) => (await readReplica(batch.source, inner)).count >= batch.attested.statement.count,
        },
        signal,
      );
      return judgeMarked(reads, landed, { marks: batch.marks ?? [], contract: to, abi: collateralLedgerAbi }, signal);
    },
    refresh: (source, attested, signal) =>
      sender.land(
        {
          purpose: 'refresh',
          priority: 'upkeep',
          to,
          calldata: refreshCalldata(attested),
          gasCeiling,
          readEffect: async (inner) => (await readReplica(source, inner)).asOf >= attested.statement.asOf,
        },
        signal,
      ),
    unpark: ({ source, index }, signal) =>
      sender.land(
        {
          purpose: 'unpark',
          priority: 'upkeep',
          to,
          calldata: encodeFunctionData({ abi: DUTIES, functionName: 'unpark', args: [source, index] }),
          gasCeiling,
          readEffect: async (inner) => !(await isParkedAt(reads, to, { source, index }, inner)),
        },
        signal,
      ),
    noteHalt: (source, signal) =>
      sender.land(
        {
          purpose: 'note-halt',
          priority: 'credit',
          to,
          calldata: encodeFunctionData({ abi: DUTIES, functionName: 'noteHalt', args: [source] }),
          gasCeiling,
          // The ledger rejects a second identical note, so an overtaken call fails in simulation.
          readEffect: async () => false,
        },
        signal,
      ),
    ...lossActs(options),
    async readUnparkCostWei(signal) {
      const { baseFeePerGas, tipPerGas } = await reads.readMarket(signal);
      return UNPARK_GAS * (baseFeePerGas + tipPerGas);
    },
    async poke(slots, signal) {
      const calldata = pokeCalldata(slots);
      const call = { purpose: 'poke', priority: 'upkeep', to: options.riskManager, calldata, gasCeiling } as const;
      const outcome = await sender.land(call, signal);
      if (outcome.kind !== 'landed') return outcome;
      return { ...outcome, skipped: skippedSlots(await reads.readLogs(outcome.txHash, signal)) };
    },
  };
}

/** Reads the ledger's records of releases through one reader of its chain; sends nothing. */
export function createReleaseReader(options: Pick<LedgerOptions, 'reads' | 'ledger'>): Pick<Ledger, 'readReleased'> {
  const { reads, ledger } = options;
  return { readReleased: (release, signal) => readReleasedOf(reads, ledger, release, signal) };
}

/** Reads coverage and releases, and makes the calls about losses and orphans that anyone may make. */
function lossActs(
  options: LedgerOptions,
): Pick<Ledger, 'readCoverage' | 'readReleased' | 'cover' | 'takeBack' | 'writeOff'> {
  const { reads, sender, ledger } = options;
  const abi = collateralLedgerAbi;
  return {
    readCoverage: (asset, signal) => readCoverageOf(reads, ledger, asset, signal),
    ...createReleaseReader(options),
    cover: (assetId, signal) => {
      const calldata = encodeFunctionData({ abi, functionName: 'cover', args: [assetId] });
      return sender.land(lossCall(options, 'cover', calldata), signal);
    },
    takeBack: ({ source, packed }, signal) => {
      const calldata = encodeFunctionData({ abi, functionName: 'takeBack', args: [source, bytesToHex(packed)] });
      return sender.land(lossCall(options, 'take-back', calldata), signal);
    },
    writeOff: ({ source, vaultAsset }, signal) => {
      const calldata = encodeFunctionData({ abi, functionName: 'writeOff', args: [source, vaultAsset] });
      return sender.land(lossCall(options, 'write-off', calldata), signal);
    },
  };
}

/** Builds a call that records a loss. The ledger rejects a repeated call, so an overtaken one fails in simulation. */
function lossCall(
  { ledger: to, gasCeiling }: LedgerOptions,
  purpose: 'cover' | 'take-back' | 'write-off',
  calldata: Hex,
): TransactionCall {
  return { purpose, priority: 'upkeep', to, calldata, gasCeiling, readEffect: async () => false };
}

/** Returns the price slots that a poke skipped, from its logs. @source IRiskManager.PokeSkipped */
export function skippedSlots(logs: readonly ReceiptLog[]): number[] {
  return parseEventLogs({ abi: riskManagerAbi, eventName: 'PokeSkipped', logs: logs as never }).map(
    ({ args }) => args.slot,
  );
}

/** Encodes `applyEntries` of one batch. */
export function applyCalldata(batch: LedgerBatch, feeTo: AccountId): Hex {
  const { statement, signatures } = batch.attested;
  return encodeFunctionData({
    abi: collateralLedgerAbi,
    functionName: 'applyEntries',
    args: [batch.source, batch.from, bytesToHex(batch.packed), batch.marks ?? [], statement, signatures, feeTo],
  });
}

/** Encodes `refresh` of one statement. */
export function refreshCalldata(attested: AttestedStatement): Hex {
  return encodeFunctionData({
    abi: collateralLedgerAbi,
    functionName: 'refresh',
    args: [[attested.statement], [attested.signatures]],
  });
}

/** Encodes `poke` of some price slots. */
export function pokeCalldata(slots: readonly number[]): Hex {
  return encodeFunctionData({ abi: riskManagerAbi, functionName: 'poke', args: [slots] });
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
  const data = await readView(reads, to, { name: 'releasedOf', args: [source, seq] }, height, signal);
  return bytes32(decodeFunctionResult({ abi: collateralLedgerAbi, functionName: 'releasedOf', data }));
}

async function readCoverageOf(
  reads: ChainReads,
  to: Address,
  { source, vaultAsset }: AssetNumbers,
  signal?: AbortSignal,
): Promise<AssetCoverage> {
  const { height } = await reads.readHead('latest', signal);
  const abi = collateralLedgerAbi;
  const [coverage, unsettled] = await Promise.all([
    readView(reads, to, { name: 'coverageOf', args: [source, vaultAsset] }, height, signal),
    readView(reads, to, { name: 'unsettledOf', args: [source, vaultAsset] }, height, signal),
  ]);
  const [inForceWad, reportedWad, impairedSince, coverFrom, lostSeq] = decodeFunctionResult({
    abi,
    functionName: 'coverageOf',
    data: coverage,
  });
  const [orphaned, missing, found] = decodeFunctionResult({ abi, functionName: 'unsettledOf', data: unsettled });
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
  const head = await reads.readHead('latest', signal);
  const [replica, terms, rewind] = await Promise.all([
    readView(reads, to, { name: 'replicaOf', args: [source] }, head.height, signal),
    readView(reads, to, { name: 'sourceOf', args: [source] }, head.height, signal),
    readView(reads, to, { name: 'rewindOf', args: [source] }, head.height, signal),
  ]);
  const [edge, count, replicaHead, asOf, , stateIndex] = decodeFunctionResult({
    abi: collateralLedgerAbi,
    functionName: 'replicaOf',
    data: replica,
  });
  const [{ staleAfterMin }] = decodeFunctionResult({
    abi: collateralLedgerAbi,
    functionName: 'sourceOf',
    data: terms,
  });
  const [generation, next, , , pointHead] = decodeFunctionResult({
    abi: collateralLedgerAbi,
    functionName: 'rewindOf',
    data: rewind,
  });
  return {
    source,
    edge: bytes32(edge),
    rewound: rewoundOf({ generation, next, head: pointHead }),
    count,
    head: bytes32(replicaHead),
    asOf: BigInt(asOf),
    state: REPLICA_STATES[stateIndex] ?? 'NONE',
    staleAfterS: 60n * BigInt(staleAfterMin),
    height: head.height,
    timestamp: head.timestamp,
  };
}

type View =
  | { readonly name: 'replicaOf' | 'sourceOf' | 'rewindOf'; readonly args: readonly [number] }
  | { readonly name: 'coverageOf' | 'unsettledOf'; readonly args: readonly [number, number] }
  | { readonly name: 'releasedOf'; readonly args: readonly [number, bigint] };

async function readView(
  reads: ChainReads,
  to: Address,
  { name, args }: View,
  height: ReplicaPosition['height'],
  signal?: AbortSignal,
): Promise<Hex> {
  const calldata = encodeFunctionData({ abi: collateralLedgerAbi, functionName: name, args });
  const answer = await reads.call({ to, calldata }, height, signal);
  if (answer.kind === 'answer' && answer.bytes !== '0x') return answer.bytes;
  const seen = answer.kind === 'answer' ? 'no code' : answer.revert.detail;
  throw transactionError(
    'NO_LEDGER',
    `${name}(${args.join(', ')}) of ${to} gave ${seen}; expected a ledger that lists it; check settlement.ledger in chains.config.json`,
    { source: args[0] },
  );
}
