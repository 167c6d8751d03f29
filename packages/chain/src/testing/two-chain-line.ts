import {
  attesterSetAbi,
  attesterSetCode,
  collateralLedgerAbi,
  collateralLedgerCode,
  collateralVaultAbi,
  collateralVaultCode,
  developmentFeedAbi,
  developmentFeedCode,
  developmentTokenAbi,
  developmentTokenCode,
  feedAdapterAbi,
  feedAdapterCode,
  keccak256,
  type ModuleCode,
  ledgerModules,
  riskManagerAbi,
  riskManagerCode,
  vaultModules,
} from '@surety/contracts';
import {
  type Address,
  type Bytes32,
  type EdgeDirection,
  type StatementDomain,
  accountId,
  address,
  blockHeight,
  bytes32,
  bytesToHex,
  chainId,
  edgeBetween,
  edgeId,
  hexToBytes,
  statementDigest,
} from '@surety/domain';
import { AnvilNode } from '@surety/rpc/testing';
import { type JournalSpec, type VerifiedFrame, type VerifiedStatement, statementsOf } from '@surety/workflows';
import { type Abi, type Hex, concatHex, encodeDeployData, encodeFunctionData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const OWNER: Address = address('0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266');
const GAS = '0x1c9c380';
const keys = ['a1', 'a2', 'a3', 'a4']
  .map((digits) => privateKeyToAccount(`0x${digits.repeat(32)}`))
  .sort((left, right) => (left.address.toLowerCase() < right.address.toLowerCase() ? -1 : 1));

/** A vault with the two journals between it and the ledger. */
interface Line {
  readonly vault: Address;
  readonly attesterSet: Address;
  readonly assetId: number;
  readonly journals: Readonly<Record<EdgeDirection, JournalSpec>>;
}

/** The real contracts on two local nodes: one ledger, two vaults on the other chain, four attesters; no process between them. */
export class TwoChainLine {
  /** Owns all contracts, and has lines of its own. */
  static readonly account: Bytes32 = accountId({ owner: OWNER, home: 0, sub: 0n });
  readonly settlement: AnvilNode;
  readonly collateral: AnvilNode;
  ledger: Address = OWNER;
  attesterSet: Address = OWNER;
  readonly lines: Line[] = [];

  private constructor(settlement: AnvilNode, collateral: AnvilNode) {
    this.settlement = settlement;
    this.collateral = collateral;
  }

  /** Starts both nodes, deploys and lists everything, and gives each vault a seasoned line of 1,000 tokens. */
  static async start(chainIds: { settlement: number; collateral: number }): Promise<TwoChainLine> {
    const args = ['--slots-in-an-epoch', '1'];
    const [settlement, collateral] = await Promise.all([
      AnvilNode.start({ chainId: chainIds.settlement, args }),
      AnvilNode.start({ chainId: chainIds.collateral, args }),
    ]);
    const line = new TwoChainLine(settlement, collateral);
    try {
      await line.#deployLedger();
      for (const source of [1, 2]) await line.#deployVault(source);
    } catch (error) {
      // No one else holds the nodes yet, so only this can stop them.
      await line.stop();
      throw error;
    }
    return line;
  }

  async stop(): Promise<void> {
    await Promise.all([this.settlement.stop(), this.collateral.stop()]);
  }

  /** Locks tokens in a vault. */
  lock(source: number, amount: bigint): Promise<unknown> {
    const memo: Hex = `0x${'00'.repeat(32)}`;
    const args = [1, amount, TwoChainLine.account, memo, 0n, 1] as const;
    return this.call(this.collateral, this.line(source).vault, {
      abi: collateralVaultAbi,
      functionName: 'lock',
      args,
    });
  }

  /** Requests a release of a vault's tokens to an address. */
  release(source: number, amount: bigint, fee = 0n): Promise<unknown> {
    const recipient: Hex = `0x${'00'.repeat(12)}${OWNER.slice(2)}`;
    return this.call(this.settlement, this.ledger, {
      abi: collateralLedgerAbi,
      functionName: 'requestRelease',
      args: [TwoChainLine.account, this.line(source).assetId, amount, recipient, fee],
    });
  }

  /**
   * Applies a verified frame of a vault's journal at the ledger, or of the ledger's at the vault, signed by three of
   * four members.
   */
  async apply(
    source: number,
    frame: VerifiedFrame,
    domain = this.domainOf(source, frame.journal.direction),
  ): Promise<unknown> {
    const { direction } = frame.journal;
    const signed = await this.#sign(frame, domain);
    const { statement } = signed.verified;
    const entries = bytesToHex(frame.entries.packed);
    const from = frame.after.count;
    return direction === 'to-ledger'
      ? this.call(this.settlement, this.ledger, {
          abi: collateralLedgerAbi,
          functionName: 'applyEntries',
          args: [source, from, entries, [], statement, signed.signatures, TwoChainLine.account],
        })
      : this.call(this.collateral, this.line(source).vault, {
          abi: collateralVaultAbi,
          functionName: 'applyReleases',
          args: [from, entries, [], statement, signed.signatures],
        });
  }

  /** Returns the signing domain of one direction: the verifier on the edge's destination chain. */
  domainOf(source: number, direction: EdgeDirection): StatementDomain {
    return direction === 'to-ledger'
      ? { chainId: BigInt(this.settlement.chainId), verifyingContract: this.attesterSet }
      : { chainId: BigInt(this.collateral.chainId), verifyingContract: this.line(source).attesterSet };
  }

  /** Advances time on both chains. */
  async pass(seconds: number): Promise<void> {
    for (const node of [this.settlement, this.collateral]) {
      await node.rpc('evm_increaseTime', [seconds]);
      await node.mine(4);
    }
  }

  line(source: number): Line {
    const line = this.lines[source - 1];
    if (line === undefined) throw new Error(`there is no vault of source ${source}`);
    return line;
  }

  call(
    node: AnvilNode,
    to: Address,
    call: { abi: Abi; functionName: string; args: readonly unknown[] },
  ): Promise<unknown> {
    return node.send({ from: OWNER, to, data: encodeFunctionData(call), gas: GAS });
  }

  async #sign(
    frame: VerifiedFrame,
    domain: StatementDomain,
  ): Promise<{ verified: VerifiedStatement; signatures: Hex }> {
    const { statements } = statementsOf({
      frame,
      name: frame.journal.edgeId,
      previous: frame.after,
      heartbeat: false,
      restated: [],
      epochs: [{ epoch: 1, activeFrom: 0n }],
      keccak256,
    });
    const verified = statements.at(-1);
    if (verified === undefined) throw new Error('there is nothing to sign');
    const hash = statementDigest(verified.statement, domain, keccak256);
    const signatures = await Promise.all(keys.slice(0, 3).map((key) => key.sign({ hash })));
    return { verified, signatures: concatHex(signatures) };
  }

  async #deploy(node: AnvilNode, contract: { abi: Abi; code: string; args: readonly unknown[] }): Promise<Address> {
    const data = encodeDeployData({ abi: contract.abi, bytecode: contract.code as Hex, args: contract.args });
    return address((await node.send({ from: OWNER, data, gas: GAS })).contract);
  }

  #deployAttesters(node: AnvilNode): Promise<Address> {
    const args = [keys.map((key) => key.address), 0, OWNER, OWNER];
    return this.#deploy(node, { abi: attesterSetAbi, code: attesterSetCode.creation, args });
  }

  async #deployLedger(): Promise<void> {
    const node = this.settlement;
    this.attesterSet = await this.#deployAttesters(node);
    const riskManager = await this.#deploy(node, {
      abi: riskManagerAbi,
      code: riskManagerCode.creation,
      args: [OWNER],
    });
    await this.#price(riskManager);
    const roles = { governor: OWNER, guardian: OWNER, pauser: OWNER, riskAdmin: OWNER };
    const init = { attesterSet: this.attesterSet, riskManager, ...roles, development: true };
    const args = [init, await this.#deployModules(node, ledgerModules, init)];
    this.ledger = await this.#deploy(node, {
      abi: collateralLedgerAbi,
      code: collateralLedgerCode.creation,
      args,
    });
  }

  async #deployModules(node: AnvilNode, modules: readonly ModuleCode[], init: unknown): Promise<Address[]> {
    const addresses: Address[] = [];
    for (const { abi, code } of modules)
      addresses.push(await this.#deploy(node, { abi, code: code.creation, args: [init] }));
    return addresses;
  }

  /** Makes the risk manager accept a price of the dollar: the ledger lists no asset without one. */
  async #price(riskManager: Address): Promise<void> {
    const node = this.settlement;
    const feed = { abi: developmentFeedAbi, code: developmentFeedCode.creation };
    const aggregator = await this.#deploy(node, { ...feed, args: [OWNER, 8, 'USD / USD', 100_000_000n] });
    const bounds = { aggregator, maxAgeS: 3_600, maxAheadS: 60, minPrice1e12: 1n, maxPrice1e12: 10n ** 18n };
    const adapter = await this.#deploy(node, { abi: feedAdapterAbi, code: feedAdapterCode.creation, args: [bounds] });
    const abi = riskManagerAbi;
    await this.call(node, riskManager, { abi, functionName: 'listUnderlying', args: [1, adapter, 3_600] });
    await this.call(node, riskManager, { abi, functionName: 'poke', args: [[1]] });
  }

  async #deployVault(source: number): Promise<void> {
    const node = this.collateral;
    const attesterSet = await this.#deployAttesters(node);
    const abi = developmentTokenAbi;
    const token = await this.#deploy(node, { abi, code: developmentTokenCode.creation, args: ['Dollar', 'USD', 6] });
    const init = {
      settlementChainId: BigInt(this.settlement.chainId),
      ledger: this.ledger,
      source,
      attesterSet,
      governor: OWNER,
      guardian: OWNER,
      pauser: OWNER,
      development: true,
    };
    const vaultAbi = collateralVaultAbi;
    const args = [init, await this.#deployModules(node, vaultModules, init)];
    const vault = await this.#deploy(node, { abi: vaultAbi, code: collateralVaultCode.creation, args });
    const max = 2n ** 256n - 1n;
    await this.call(node, vault, {
      abi: vaultAbi,
      functionName: 'listAsset',
      args: [token, 6, 1n, 10n ** 9n, 10n ** 9n],
    });
    await this.call(node, token, { abi, functionName: 'mint', args: [OWNER, 10n ** 12n] });
    await this.call(node, token, { abi, functionName: 'approve', args: [vault, max] });
    const assetId = await this.#list(source, vault);
    const journals = {
      'to-ledger': await this.#journalOf(vault, 'to-ledger'),
      'to-vault': await this.#journalOf(vault, 'to-vault'),
    };
    this.lines.push({ vault, attesterSet, assetId, journals });
  }

  async #list(source: number, vault: Address): Promise<number> {
    const abi = collateralLedgerAbi;
    const weights = { initialBp: 9_000, maintenanceBp: 9_500 };
    const ages = { staleAfterMin: 90, darkAfterMin: 360, floorAfterMin: 4_320 };
    const origin = { source, originChainId: BigInt(this.collateral.chainId), vault };
    const terms = { ...origin, ...weights, ...ages, m: 0, development: true };
    await this.call(this.settlement, this.ledger, { abi, functionName: 'listSource', args: [terms] });
    const asset = { source, vaultAsset: 1, underlying: 1, ownPrice: 0, decimals: 6, ...weights };
    const limits = { minMillionths: 1n, capThousandths: 10n ** 12n };
    await this.call(this.settlement, this.ledger, { abi, functionName: 'listAsset', args: [{ ...asset, ...limits }] });
    return source;
  }

  async #journalOf(vault: Address, direction: EdgeDirection): Promise<JournalSpec> {
    const edge = edgeBetween(
      {
        settlementChainId: chainId(this.settlement.chainId),
        ledger: this.ledger,
        vaultChainId: chainId(this.collateral.chainId),
        vault,
      },
      direction,
    );
    const node = direction === 'to-ledger' ? this.collateral : this.settlement;
    const code = String(await node.rpc('eth_getCode', [edge.journal, 'latest']));
    return {
      edge,
      edgeId: edgeId(edge, keccak256),
      direction,
      contract: edge.journal,
      codeHash: bytes32(bytesToHex(keccak256(hexToBytes(code)))),
      fromBlock: blockHeight(1n),
    };
  }
}
