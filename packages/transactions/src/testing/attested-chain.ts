import { setTimeout as pause } from 'node:timers/promises';
import { attesterSetAbi, attesterSetCode, keccak256 } from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type Hex,
  type JournalHead,
  address,
  bytesToHex,
  chainId,
  concatBytes,
  hexToBytes,
  statementDigest,
} from '@surety/domain';
import { systemClock } from '@surety/process';
import type { AttestedStatement } from '@surety/workflows';
import { type Abi, encodeDeployData, encodeFunctionData } from 'viem';
import { type PrivateKeyAccount, generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { createRpc } from '../rpc.js';
import { type KeptSender, createTransactionSender } from '../transaction-sender.js';
import { type AnvilNode, startAnvil } from './anvil-node.js';
import { PROMPT_POLICY } from './prompt-policy.js';

/** A local chain with a verifier of four members, and its deployer. */
export interface AttestedChain {
  readonly node: AnvilNode;
  readonly deployer: Address;
  readonly attesterSet: Address;
  /** Time of the chain's first block, in seconds. */
  readonly now: bigint;
  deploy(abi: Abi, creation: string, args: readonly unknown[]): Promise<Address>;
  /** Calls a function as the deployer, or as another whom the node impersonates, and waits for its block; throws if it reverts. */
  act(to: Address, abi: Abi, functionName: string, args: readonly unknown[], from?: Address): Promise<void>;
  /** Builds a statement about the first `count` entries of an edge, signed by three members. */
  attest(at: Pick<JournalHead, 'edge' | 'count' | 'tip' | 'asOf'> & { head: Bytes32 }): Promise<AttestedStatement>;
  /** Creates a sender with its own account, funded with one coin. */
  sender(errors: Abi): Promise<{ rpc: ReturnType<typeof createRpc>; sender: KeptSender }>;
}

/** Starts the chain and deploys its verifier. */
export async function startAttestedChain(id: number): Promise<AttestedChain> {
  const node = await startAnvil(id);
  const deployer = address(((await node.ask('eth_accounts')) as string[])[0] ?? '');
  const { timestamp } = (await node.ask('eth_getBlockByNumber', ['latest', false])) as { timestamp: string };
  const now = BigInt(timestamp);
  const members = Array.from({ length: 4 }, () => privateKeyToAccount(generatePrivateKey())).sort((left, right) =>
    left.address.toLowerCase() < right.address.toLowerCase() ? -1 : 1,
  );

  async function send(transaction: Record<string, string>): Promise<Record<string, unknown>> {
    const hash = await node.ask('eth_sendTransaction', [{ from: deployer, gas: '0x1000000', ...transaction }]);
    for (;;) {
      const receipt = (await node.ask('eth_getTransactionReceipt', [hash])) as Record<string, unknown> | null;
      if (receipt !== null) return receipt;
      await pause(5);
    }
  }

  async function deploy(abi: Abi, creation: string, args: readonly unknown[]): Promise<Address> {
    const receipt = await send({ data: encodeDeployData({ abi, bytecode: creation as Hex, args: [...args] }) });
    return address(String(receipt['contractAddress']));
  }

  const names = members.map((member) => member.address);
  const terms = [names, Number(now) - 1_000, deployer, deployer];
  const attesterSet = await deploy(attesterSetAbi, attesterSetCode.creation, terms);
  return {
    node,
    deployer,
    attesterSet,
    now,
    deploy,
    act: async (to, abi, functionName, args, from = deployer) => {
      const receipt = await send({ from, to, data: encodeFunctionData({ abi, functionName, args: [...args] }) });
      if (receipt['status'] !== '0x1') throw new Error(`${functionName} reverted`);
    },
    attest: (at) => attest({ members, attesterSet, id, at }),
    sender: (errors) => openSender(node, errors),
  };
}

async function attest({
  members,
  attesterSet,
  id,
  at,
}: {
  readonly members: readonly PrivateKeyAccount[];
  readonly attesterSet: Address;
  readonly id: number;
  readonly at: Parameters<AttestedChain['attest']>[0];
}): Promise<AttestedStatement> {
  const block = { blockNumber: at.tip, blockHash: `0x${'12'.repeat(32)}` as JournalHead['blockHash'] };
  const statement: JournalHead = { ...at, ...block, epoch: 1 };
  const digest = statementDigest(statement, { chainId: chainId(id), verifyingContract: attesterSet }, keccak256);
  const signers = members.slice(0, 3);
  const signatures = await Promise.all(signers.map((member) => member.sign({ hash: digest })));
  return {
    statement,
    signers: signers.map((member) => address(member.address)),
    signatures: bytesToHex(concatBytes(...signatures.map((one) => hexToBytes(one, 65)))),
  };
}

async function openSender(node: AnvilNode, errors: Abi): ReturnType<AttestedChain['sender']> {
  const account = privateKeyToAccount(generatePrivateKey());
  await node.ask('anvil_setBalance', [account.address, '0xde0b6b3a7640000']);
  const endpoints = [{ name: 'local', url: node.url }];
  const rpc = createRpc({ chainId: node.chainId, endpoints, timeoutMs: 5_000, clock: systemClock });
  const observer = { observe: () => undefined };
  return {
    rpc,
    sender: createTransactionSender({ rpc, account, policy: PROMPT_POLICY, clock: systemClock, observer, errors }),
  };
}
