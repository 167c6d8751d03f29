import { collateralVaultAbi, operationId, suretyTimelockAbi, suretyTimelockCode } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, ZERO_WORD, address } from '@surety/domain';
import {
  ContractFunctionRevertedError,
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionData,
} from 'viem';
import type { ActStep, CheckStep, Migration } from '../migrate/migration.js';
import { planVaultMigration } from '../migrate/plan-vault-migration.js';

const at = (pair: string): Address => address(`0x${pair.repeat(20)}`);
const [oldVault, ledger, nobody, token, lock] = [at('c1'), at('aa'), at('00'), at('50'), at('77')];

/** The contracts of a move: the old vault with its one token, the ledger, and the timelock of either chain; and nobody. */
export const MOVED = { oldVault, ledger, token, lock, nobody };
/** The new source, and the slot and ends of its pair of witnesses. */
export const NEW_PAIR = { source: 3, slot: 2, atVault: at('f1'), atLedger: at('f2') };
const NOW_S = 1_800_000_000n;
const HEIGHT = 10n;

/** One call that waits at a timelock. */
export interface WaitingCall {
  readonly to: Address;
  readonly data: Hex;
  readonly predecessor?: Bytes32;
  /** False if the provider keeps no log of it. */
  readonly isLogged?: boolean;
}

/** One call that was executed, with the blocks that hold its logs. */
export interface ExecutedCall extends WaitingCall {
  readonly scheduledIn: bigint;
  readonly executedIn: bigint;
}

/** What both chains hold between two runs of a move; a test changes it. */
export interface MoveWorld {
  limit: bigint;
  cap: bigint;
  /** Basis points of the limit that are paid unconfirmed, and the smallest fee of a lock. */
  fastBp: number;
  feeBp: number;
  /** Whether the ledger lists the old vault's token, and whether new vault and ledger list the new one's. */
  isOldListed: boolean;
  isNewListed: boolean;
  /** Witnesses that must confirm at the vaults. */
  m: number;
  successor: string;
  /** Terms of the old source, and of the new one once it is listed. */
  oldTerms: typeof OLD_TERMS;
  newTerms?: typeof OLD_TERMS;
  /** Whether the witness in its slot of the new vault, and of the new source, waits for finality; missing if none is set. */
  atVault?: boolean;
  atLedger?: boolean;
  /** What waits at the timelock of the vault's chain, and at that of the ledger's. */
  alpha: readonly WaitingCall[];
  settlement: readonly WaitingCall[];
  /** What was executed at the timelock of the vault's chain: settings of limits of the old vault. */
  executed: readonly ExecutedCall[];
}

/** Terms of the old source at first. */
export const OLD_TERMS = {
  source: 1,
  originChainId: 901n,
  vault: oldVault,
  initialBp: 9_500,
  maintenanceBp: 9_800,
  staleAfterMin: 90,
  darkAfterMin: 360,
  floorAfterMin: 4_320,
  m: 0,
  development: false,
};

/** Terms of the old vault's token at the ledger. */
const LISTED = {
  underlying: 1,
  ownPrice: 0,
  initialBp: 9_000,
  maintenanceBp: 9_500,
  minMillionths: 1n,
  capThousandths: 5n,
};

/** Returns the id of what waits, as the timelock gives it. */
export const waitingId = ({ to, data, predecessor = ZERO_WORD }: WaitingCall): Bytes32 =>
  operationId([to, 0n, data, predecessor, ZERO_WORD]);

interface WorldLog {
  readonly address: Address;
  readonly topics: readonly unknown[];
  readonly data: Hex;
  readonly blockNumber: bigint;
  readonly transactionHash: string;
}

const WORDS = [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes' }] as const;

/** The log of a call that was scheduled, which a provider shows among the newest where its block does not matter. */
function scheduledLog(one: WaitingCall, blockNumber = HEIGHT): WorldLog {
  const args = { id: waitingId(one), index: 0n };
  return {
    address: lock,
    topics: encodeEventTopics({ abi: suretyTimelockAbi, eventName: 'CallScheduled', args }),
    data: encodeAbiParameters(
      [...WORDS, { type: 'bytes32' }, { type: 'uint256' }],
      [one.to, 0n, one.data, one.predecessor ?? ZERO_WORD, 172_800n],
    ),
    blockNumber,
    transactionHash: `scheduled in ${blockNumber}`,
  };
}

/** The logs of one transaction that executed a setting of limits. */
function executedLogs(one: ExecutedCall): WorldLog[] {
  const place = { blockNumber: one.executedIn, transactionHash: `executed in ${one.executedIn}` };
  const { args } = decodeFunctionData({ abi: collateralVaultAbi, data: one.data });
  const [asset, ...limits] = args as readonly [number, bigint, bigint, bigint];
  const id = { id: waitingId(one), index: 0n };
  return [
    {
      address: oldVault,
      topics: encodeEventTopics({ abi: collateralVaultAbi, eventName: 'LimitsSet', args: { asset } }),
      data: encodeAbiParameters([{ type: 'uint64' }, { type: 'uint64' }, { type: 'uint64' }], limits),
      ...place,
    },
    {
      address: lock,
      topics: encodeEventTopics({ abi: suretyTimelockAbi, eventName: 'CallExecuted', args: id }),
      data: encodeAbiParameters(WORDS, [one.to, 0n, one.data]),
      ...place,
    },
  ];
}

/** Lists the logs of one chain in their order. */
function logsOf(world: MoveWorld, side: 'alpha' | 'settlement'): WorldLog[] {
  const waiting = world[side].filter(({ isLogged }) => isLogged !== false).map((one) => scheduledLog(one));
  const executed = side === 'alpha' ? world.executed : [];
  return [
    ...executed.flatMap((one) => [scheduledLog(one, one.scheduledIn), ...executedLogs(one)]),
    ...waiting,
  ].toSorted((left, right) => Number(left.blockNumber - right.blockNumber));
}

interface AskedLogs {
  readonly address: Address | readonly Address[];
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

type Answer = (asked: { readonly where: string; readonly args: readonly unknown[] }) => unknown;

/** Views of the vaults, the ledger and the timelock of one chain. */
function viewsOf(world: MoveWorld, waiting: readonly WaitingCall[]): Record<string, Answer> {
  const { source, slot, atVault, atLedger } = NEW_PAIR;
  const isOld = (where: string): boolean => where === oldVault;
  const limits = { min: 1n, limit: world.limit, fastBp: world.fastBp, feeBp: world.feeBp };
  const always = {
    settlementChainId: 900n, ledger, attesterSet: at('d1'), governor: lock, guardian: at('92'), pauser: at('93'),
    development: false, assetCount: 1, witnessPolicy: [world.m], indexOf: world.isNewListed ? 1 : 0, stateOf: [1], stopped: false, inRecovery: false,
    getMinDelay: 172_800n, getRoleMembers: [nobody], PROPOSER_ROLE: ZERO_WORD, CANCELLER_ROLE: ZERO_WORD,
    EXECUTOR_ROLE: ZERO_WORD, isSlow: true, getOperationState: 1, getTimestamp: NOW_S, expiryOf: NOW_S,
    isOperationDone: false, limitsOf: { fastUnits: 25n, burstUnits: 25n },
    pendingOperations: waiting.map(waitingId),
  }; // prettier-ignore
  return {
    ...Object.fromEntries(Object.entries(always).map(([name, value]) => [name, () => value])),
    source: ({ where }) => (isOld(where) ? 1 : source),
    successor: ({ where }) => (isOld(where) ? world.successor : nobody),
    witnessOf: ({ where, args }) => {
      const isSet = where === ledger ? args[0] === source && args[1] === slot : !isOld(where) && args[0] === slot;
      const mayConflict = isSet ? (where === ledger ? world.atLedger : world.atVault) : undefined;
      const ends = mayConflict === undefined ? { atVault: nobody, atLedger: nobody } : { atVault, atLedger };
      const conflicts = mayConflict === true;
      return where === ledger ? [ends.atLedger, conflicts] : [{ at: ends.atVault, conflicts }, 0n];
    },
    assetIdOf: ({ args }) => (args[0] === 1 ? (world.isOldListed ? 1 : 0) : world.isNewListed ? 2 : 0),
    assetOf: ({ where }) =>
      where === ledger ? { terms: LISTED } : { token, decimals: 18, ...limits, cap: isOld(where) ? world.cap : 5n },
    sourceOf: ({ args }) => {
      if (args[0] === 1) return [world.oldTerms, '0x', '0x'];
      if (world.newTerms !== undefined) return [world.newTerms, '0x', '0x'];
      throw new ContractFunctionRevertedError({ abi: [], functionName: 'sourceOf' });
    },
  };
}

function readerOf(world: MoveWorld, side: 'alpha' | 'settlement'): object {
  return {
    readContract: async (asked: { address: string; functionName: string; args?: readonly unknown[] }) => {
      const view = viewsOf(world, world[side])[asked.functionName];
      return view?.({ where: asked.address, args: asked.args ?? [] });
    },
    getCode: async ({ address: where }: { address: string }) => (where === lock ? suretyTimelockCode.runtime : '0x60'),
    getBlock: async () => ({ number: HEIGHT, timestamp: NOW_S }),
    getBlockNumber: async () => HEIGHT,
    getLogs: async ({ address: asked, fromBlock, toBlock }: AskedLogs) =>
      logsOf(world, side).filter(
        (log) => [asked].flat().includes(log.address) && log.blockNumber >= fromBlock && log.blockNumber <= toBlock,
      ),
  };
}

/** Makes a world in which the move has not begun. */
export const moveWorld = (given: Partial<MoveWorld> = {}): MoveWorld => ({
  limit: 1_000n,
  cap: 5n,
  fastBp: 2_500,
  feeBp: 0,
  isOldListed: false,
  isNewListed: false,
  m: 0,
  successor: nobody,
  oldTerms: OLD_TERMS,
  alpha: [],
  settlement: [],
  executed: [],
  ...given,
});

/** Plans the move as a run does in this world. */
export function planMove(world: MoveWorld, witnesses?: readonly unknown[]): Promise<Migration> {
  const place = (chainId: number, name: 'alpha' | 'settlement', contract: Address) => ({
    chain: { chainId, name, limits: { logRangeMax: 4 }, vault: { assets: [] } },
    reader: readerOf(world, name),
    contract,
  });
  return planVaultMigration({
    network: {},
    origin: place(901, 'alpha', oldVault),
    home: place(900, 'settlement', ledger),
    source: NEW_PAIR.source,
    witnesses,
    floors: async () => [],
  } as never);
}

/** Returns the address of the new vault. */
export const addressOfNext = async (): Promise<string> =>
  (await planMove(moveWorld())).steps
    .flatMap((step) => (step.kind === 'create' && step.title === 'vault' ? [step.address] : []))
    .join();

/** Returns what the first check of a run finds. */
export const firstProblems = async (world: MoveWorld, witnesses?: readonly unknown[]): Promise<readonly string[]> =>
  ((await planMove(world, witnesses)).steps[0] as CheckStep).problems();

/** Returns the act whose title begins so. */
export const actTitled = ({ steps }: Migration, title: string): ActStep =>
  steps.find((step) => step.title.startsWith(title)) as ActStep;

/** Returns the act that closes the old vault for its token. */
export const closingOf = async (world: MoveWorld): Promise<ActStep> =>
  actTitled(await planMove(world), `the old vault takes no more of ${token}`);

/** Makes a call that sets limits of an asset of the old vault. */
export const setLimitsCall = (
  asset: number,
  cap: bigint,
  limit: bigint,
  more: Partial<WaitingCall> = {},
): WaitingCall => ({
  to: oldVault,
  data: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'setLimits', args: [asset, 1n, cap, limit] }),
  ...more,
});
