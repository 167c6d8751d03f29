import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Address, Hex } from '@surety/domain';
import type { Abi } from 'viem';
import type { DeployTarget } from '../chains/deploy-development.js';
import { devnetError } from '../errors.js';

/** A contract of a bridge as its package holds it. */
export interface BridgeCode {
  readonly name: string;
  readonly abi: Abi;
  readonly creation: Hex;
}

const packages = createRequire(import.meta.url);

/**
 * Returns a contract of LayerZero's packages by the path of its source. They are development dependencies: their
 * licence allows only non-production use.
 */
export function layerZeroCode(part: 'protocol' | 'messagelib', file: string): BridgeCode {
  const name = file.slice(file.lastIndexOf('/') + 1, -'.sol'.length);
  const path = `@layerzerolabs/lz-evm-${part}-v2/artifacts/contracts/${file}/${name}.json`;
  const artifact = JSON.parse(readFileSync(packages.resolve(path), 'utf8')) as { abi: Abi; bytecode: Hex };
  return { name, abi: artifact.abi, creation: artifact.bytecode };
}

/**
 * Returns the bytecode of one of Wormhole's contracts. Its package has it in JavaScript, in a string named _bytecode.
 */
export function wormholeCode(name: 'Setup' | 'Implementation' | 'Wormhole', abi: Abi): BridgeCode {
  const path = `@certusone/wormhole-sdk/lib/cjs/ethers-contracts/factories/${name}__factory.js`;
  const found = /_bytecode = "(0x[0-9a-f]+)"/.exec(readFileSync(packages.resolve(path), 'utf8'))?.[1];
  if (found === undefined) throw devnetError('STORY_BROKE', `${path} holds no bytecode; expected the pinned package`);
  return { name, abi, creation: found as Hex };
}

/** Makes a call as the owner of a bridge's contracts. @throws NODE_NOT_READY if it reverts. */
export async function callPart(
  { reader, wallet }: DeployTarget,
  to: Address,
  { name, data }: { readonly name: string; readonly data: Hex },
): Promise<void> {
  const hash = await wallet.sendTransaction({ to, data });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success')
    throw devnetError('NODE_NOT_READY', `${name} at ${to} reverted: transaction ${hash}`);
}
