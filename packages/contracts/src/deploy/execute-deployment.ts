import {
  type Address,
  type Bytes32,
  AppError,
  type Hex,
  bytesToHex,
  bytesToUint,
  concatBytes,
  hexToBytes,
} from '@surety/domain';
import { type PublicClient, type LocalAccount, BaseError, ExecutionRevertedError, CallExecutionError } from 'viem';
import { OPERATION_STATE } from '../timelock-operations.js';
import { requirePlaces } from './asset-place.js';
import { connectionTo } from './connection-to.js';
import { CREATE2_FACTORY } from './create2.js';
import { suretyTimelockAbi } from '../generated/index.js';
import { deployError } from './errors.js';
import type { DeploymentPlan, PlannedAct, PlannedContract } from './plan-deployment.js';
import type { PlannedOperation } from './schedule-acts.js';
import { STEP_CEILINGS, type StepCeilings, type UnsignedStep, signStep } from './sign-step.js';

/** Whoever signs here, and leaves it to nobody else: a wallet of a key that this process holds. */
type Signer = { readonly account: LocalAccount };

/** A chain to deploy on: how to read it, and wallets by the address that signs. */
export interface DeploymentChain {
  readonly reader: PublicClient;
  /** Pays for creations. Any account may, since addresses follow from content. */
  readonly deployer: Signer;
  /** Roles that act from here. Acts of others are left, with their call data, in the outcome. */
  readonly signers: ReadonlyMap<Address, Signer>;
  /** Most that a transaction may offer and use; 200 gwei a gas, 5 gwei of tip and 2^24 gas unless given. */
  readonly ceilings?: StepCeilings;
}

/** The transaction sent for one step, or the reason why none was needed. */
export interface DeploymentStepOutcome {
  readonly chainId: number;
  readonly text: string;
  /** `scheduled` and `waiting`: an operation of the timelock that is not ready yet, or an act or contract that needs one of them. */
  readonly kind: 'sent' | 'already-done' | 'left-to-its-role' | 'scheduled' | 'waiting';
  readonly txHash?: Hex;
  readonly blockNumber?: bigint;
}

/**
 * Executes a plan: chains in parallel, the steps of one chain in order. Skips settled steps, so an interrupted run is
 * simply repeated. Calls `tell` after each step.
 * @throws WRONG_CHAIN, NO_FACTORY before anything is sent; ACT_FAILED at the first step that reverts, and before any act on a
 * token that a vault has at another number.
 */
export async function executeDeployment(
  plan: DeploymentPlan,
  chains: ReadonlyMap<number, DeploymentChain>,
  tell: (outcome: DeploymentStepOutcome) => void = () => undefined,
): Promise<readonly DeploymentStepOutcome[]> {
  const ids = [plan.request.settlement.chainId, ...plan.request.chains.map(({ chainId }) => chainId)];
  const resolved = new Map(ids.map((id) => [id as number, connectionTo(chains, id)]));
  await Promise.all([...resolved].map(([id, chain]) => requireReady(chain, id)));
  const readers = new Map([...resolved].map(([id, { reader }]) => [id, reader]));
  // The ledger's chain runs beside the vault's: it must not list what the vault has at another number.
  await requirePlaces(readers, plan.acts);
  const outcomes: DeploymentStepOutcome[] = [];
  const run = async (id: number, chain: DeploymentChain): Promise<void> => {
    const contracts = plan.contracts.filter(({ chainId }) => chainId === id);
    const acts = plan.acts.filter(({ chainId }) => chainId === id);
    const create = (contract: PlannedContract) => (blocked: boolean) => createContract(chain, contract, blocked);
    const perform = (act: PlannedAct) => async (blocked: boolean) => {
      await requirePlaces(readers, [act]);
      return performAct(chain, act, blocked);
    };
    const steps = [
      ...contracts.filter(({ afterActs }) => afterActs !== true).map(create),
      ...acts.filter(({ afterContracts }) => afterContracts !== true).map(perform),
      ...contracts.filter(({ afterActs }) => afterActs === true).map(create),
      ...acts.filter(({ afterContracts }) => afterContracts === true).map(perform),
    ];
    let blocked = false;
    for (const step of steps) {
      const outcome = await step(blocked);
      blocked ||= outcome.kind !== 'sent' && outcome.kind !== 'already-done';
      outcomes.push(outcome);
      tell(outcome);
    }
  };
  await Promise.all([...resolved].map(([id, chain]) => run(id, chain)));
  return outcomes;
}

async function requireReady({ reader }: DeploymentChain, id: number): Promise<void> {
  const seen = await reader.getChainId();
  if (seen !== id)
    throw deployError('WRONG_CHAIN', `the node for chain ${id} answered chain id ${seen}; check its URL`);
  const code = await reader.getCode({ address: CREATE2_FACTORY });
  if (code === undefined || code === '0x') {
    throw deployError(
      'NO_FACTORY',
      `chain ${id} has no deterministic deployment proxy at ${CREATE2_FACTORY}; deploy it first`,
    );
  }
}

async function createContract(
  chain: DeploymentChain,
  contract: PlannedContract,
  blocked: boolean,
): Promise<DeploymentStepOutcome> {
  const text = `create ${contract.code.name} (${contract.part}) at ${contract.address}`;
  const existing = await chain.reader.getCode({ address: contract.address });
  if (existing !== undefined && existing !== '0x') return { chainId: contract.chainId, text, kind: 'already-done' };
  if (blocked) return { chainId: contract.chainId, text, kind: 'waiting' };
  if (contract.builtBy !== undefined) {
    throw deployError(
      'ACT_FAILED',
      `${text}: ${contract.builtBy} is there and has not built it; check the plan's code`,
    );
  }
  const data = bytesToHex(concatBytes(hexToBytes(contract.salt, 32), hexToBytes(contract.initCode)));
  const sending = send(chain, chain.deployer, { chainId: contract.chainId, to: CREATE2_FACTORY, data, text });
  const outcome = await sending.catch((failure: unknown) => ({ failure }));
  const look = chain.reader.getCode({ address: contract.address });
  // Where the provider is gone, the failure itself says more.
  const code = await ('failure' in outcome ? look.catch(() => undefined) : look);
  const isThere = code !== undefined && code !== '0x';
  if ('failure' in outcome) {
    // Anyone may send the same creation first, and its address commits to code and arguments: it stands as planned.
    if (isThere) return { chainId: contract.chainId, text, kind: 'already-done' };
    throw outcome.failure;
  }
  if (!isThere) {
    throw deployError('ACT_FAILED', `${text}: the proxy left no code there; its constructor refused its arguments`, {
      txHash: outcome.txHash,
    });
  }
  return { chainId: contract.chainId, text, kind: 'sent', ...outcome };
}

async function performAct(chain: DeploymentChain, act: PlannedAct, blocked: boolean): Promise<DeploymentStepOutcome> {
  const base = { chainId: act.chainId, text: act.text };
  if (await isActDone(chain.reader, act)) return { ...base, kind: 'already-done' };
  if (act.operation !== undefined)
    return { ...base, ...(await performOperation(chain, { ...act, operation: act.operation }, blocked)) };
  if (act.open === true) {
    if (blocked) return { ...base, kind: 'waiting' };
    return { ...base, kind: 'sent', ...(await send(chain, chain.deployer, act)) };
  }
  const signer = chain.signers.get(act.by);
  if (signer === undefined) return { ...base, kind: 'left-to-its-role' };
  if (blocked && act.afterContracts === true) return { ...base, kind: 'waiting' };
  const sent = await send(chain, signer, act);
  return { ...base, kind: 'sent', ...sent };
}

/** Schedules what is not scheduled (or expired), executes what is ready and not blocked. */
async function performOperation(
  chain: DeploymentChain,
  { chainId, text, operation }: PlannedAct & { readonly operation: PlannedOperation },
  blocked: boolean,
): Promise<Pick<DeploymentStepOutcome, 'kind' | 'txHash' | 'blockNumber'>> {
  const { timelock, proposer, id, schedule, execute } = operation;
  const state = await chain.reader.readContract({
    address: timelock,
    abi: suretyTimelockAbi,
    functionName: 'getOperationState',
    args: [id],
  });
  if (state === OPERATION_STATE.unset) {
    const signer = chain.signers.get(proposer);
    if (signer === undefined) return { kind: 'left-to-its-role' };
    return { kind: 'scheduled', ...(await send(chain, signer, { chainId, to: timelock, data: schedule, text })) };
  }
  // Done, and changed since: the final check compares what is there now.
  if (state === OPERATION_STATE.done) return { kind: 'already-done' };
  // One that is ready still waits for those before it.
  if (state !== OPERATION_STATE.ready || blocked) return { kind: 'waiting' };
  return { kind: 'sent', ...(await send(chain, chain.deployer, { chainId, to: timelock, data: execute, text })) };
}

/** True once an act's effect is on the chain. A reverting probe means "not done"; any other failure is unknown and stops the run. */
export async function isActDone(
  reader: PublicClient,
  act: Pick<PlannedAct, 'to' | 'probe' | 'probeWord' | 'probeMax' | 'otherProbes'>,
): Promise<boolean> {
  for (const probe of [act.probe, ...(act.otherProbes ?? [])])
    if (!(await isSeen(reader, { ...act, probe }))) return false;
  return true;
}

async function isSeen(
  reader: PublicClient,
  { to, probe, probeWord, probeMax }: Pick<PlannedAct, 'to' | 'probe' | 'probeWord' | 'probeMax'>,
): Promise<boolean> {
  try {
    const { data = '0x' } = await reader.call({ to, data: probe });
    const bytes = hexToBytes(data);
    const word = bytesToUint(bytes.subarray(32 * probeWord, 32 * probeWord + 32));
    return word !== 0n && (probeMax === undefined || word <= probeMax);
  } catch (cause) {
    if (cause instanceof BaseError && cause.walk((inner) => inner instanceof ExecutionRevertedError) !== null)
      return false;
    if (cause instanceof CallExecutionError && /revert/i.test(cause.details)) return false;
    throw cause;
  }
}

async function send(
  { reader, ceilings = STEP_CEILINGS }: DeploymentChain,
  { account }: Signer,
  step: UnsignedStep,
): Promise<{ txHash: Bytes32; blockNumber: bigint }> {
  const { to, text } = step;
  try {
    const { raw, txHash } = await signStep({ reader, account, ceilings }, step);
    await reader.sendRawTransaction({ serializedTransaction: raw });
    const receipt = await reader.waitForTransactionReceipt({ hash: txHash });
    // Whatever takes the nonce ends the wait, as where the wallet's owner cancels or replaces what was sent.
    if (receipt.transactionHash !== txHash) {
      const taken = `transaction ${receipt.transactionHash} took the nonce of ${txHash}`;
      throw deployError('ACT_FAILED', `${text}: ${taken}; look at what it did and run again`);
    }
    if (receipt.status === 'success') return { txHash, blockNumber: receipt.blockNumber };
    throw deployError('ACT_FAILED', `${text}: transaction ${txHash} reverted; correct the plan and run again`);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const reason = cause instanceof BaseError ? cause.shortMessage : String(cause);
    throw deployError(
      'ACT_FAILED',
      `${text}: ${reason}; correct the plan or the role's wallet and run again`,
      { to },
      cause,
    );
  }
}
