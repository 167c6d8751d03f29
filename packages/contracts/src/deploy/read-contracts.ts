import { type Address, type Bytes32, type Hex, bytesToHex, hexToBytes } from '@surety/domain';
import type { PublicClient } from 'viem';
import { keccak256 } from '../hash.js';
import { connectionTo } from './connection-to.js';
import type { DeploymentCheck } from './deployment-check.js';
import type { RecordedContract } from './deployment-record.js';
import { deployError } from './errors.js';
import type { DeploymentStepOutcome } from './execute-deployment.js';
import { isCodeOf } from './is-code-of.js';
import type { PlannedContract } from './plan-deployment.js';

/** Asks whether planned contracts stand there with this build's code; what is else is a problem of `check`. */
export async function checkPlannedCode(
  contracts: readonly PlannedContract[],
  readers: ReadonlyMap<number, PublicClient>,
  check: DeploymentCheck,
): Promise<void> {
  await Promise.all(contracts.map((contract) => readCode(contract, readers, check)));
}

/**
 * Reads planned contracts where they stand; other code than this build's is a problem of `check`. The block of a contract that no outcome
 * tells is searched in old states.
 */
export async function readContracts(
  contracts: readonly PlannedContract[],
  readers: ReadonlyMap<number, PublicClient>,
  { outcomes, check }: { readonly outcomes: readonly DeploymentStepOutcome[]; readonly check: DeploymentCheck },
): Promise<ReadonlyMap<PlannedContract, RecordedContract>> {
  const found = await Promise.all(
    contracts.map(async (contract): Promise<[PlannedContract, RecordedContract]> => {
      const { chainId, address } = contract;
      const reader = connectionTo(readers, chainId);
      const deployed = await readCode(contract, readers, check);
      const sent = outcomes.find((outcome) => outcome.chainId === chainId && outcome.text.endsWith(` at ${address}`));
      const createdAt = sent?.blockNumber ?? (await findCreation(reader, contract));
      const codeHash = bytesToHex(keccak256(hexToBytes(deployed))) as Bytes32;
      return [contract, { address, codeHash, createdAt: createdAt.toString() }];
    }),
  );
  return new Map(found);
}

async function readCode(
  { chainId, address, code, part }: PlannedContract,
  readers: ReadonlyMap<number, PublicClient>,
  check: DeploymentCheck,
): Promise<Hex> {
  const deployed = (await connectionTo(readers, chainId).getCode({ address })) ?? '0x';
  if (!isCodeOf(deployed, code))
    check.problems.push(`${part} on ${chainId} at ${address} holds other code than ${code.name}`);
  return deployed;
}

/** Finds the block that created a contract by halving: needs a node that keeps old states. */
async function findCreation(reader: PublicClient, { address, chainId, part }: PlannedContract): Promise<bigint> {
  let [low, high] = [0n, await reader.getBlockNumber()];
  while (low < high) {
    const middle = (low + high) >> 1n;
    const code = await reader.getCode({ address, blockNumber: middle }).catch((cause: unknown) => {
      throw deployError(
        'ASSERTION_FAILED',
        `the providers of chain ${chainId} do not tell the code of ${part} at ${address} in block ${middle}; expected one that keeps old states, to find the block of its creation: name an archive node among them and run it again, nothing is done twice`,
        {},
        cause,
      );
    });
    if (code === undefined || code === '0x') low = middle + 1n;
    else high = middle;
  }
  return low;
}
/** Returns a function that names what was found at an address. @throws ASSERTION_FAILED for an address that no plan names. */
export function recordedAt(
  found: ReadonlyMap<PlannedContract, RecordedContract>,
): (address: Address, chainId: number) => RecordedContract {
  return (address, chainId) => {
    for (const [contract, entry] of found)
      if (contract.address === address && contract.chainId === chainId) return entry;
    throw deployError('ASSERTION_FAILED', `${address} on chain ${chainId} is not part of the plan`);
  };
}
