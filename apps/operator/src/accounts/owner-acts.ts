import { type Network } from '@surety/config';
import { collateralLedgerAbi } from '@surety/contracts';
import { type Address, type Bytes32, type Hex, type TxHash, accountId, address, parseAccountId } from '@surety/domain';
import { type PublicClient, encodeFunctionData, pad } from 'viem';
import { type ActOptions, actByHand, outcomeText } from '../chains/act-by-hand.js';
import { requireListed } from '../lock/check-lock.js';
import { operatorError } from '../errors.js';
import { formatUnits } from '../terminal/format.js';
import { openAgreedReader } from '../chains/open-agreed.js';
import { openConfig, placeOf, requireSettlement } from '../chains/open-config.js';
import { type SpendingChain, openSpendingKey } from '../chains/open-sender.js';
import { parseAccountArgument, parseAddressArgument } from '../terminal/parse-account.js';
import { parseTokenUnits } from '../terminal/parse-decimal.js';
import { findAsset } from '../lock/plan-lock.js';
import { tellOptOut } from './tell-opt-out.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of every act of an account's owner at the ledger. */
export interface OwnerActOptions extends ActOptions {
  /** Owner address or account name; the sender's own if left out. */
  readonly account?: string;
}

/** Options of acts about one asset. */
export interface AssetActOptions extends OwnerActOptions {
  readonly chain: string;
  readonly asset: string;
}

/** Options of `surety transfer`. */
export interface TransferOptions extends AssetActOptions {
  readonly to: string;
  /** Whole tokens, or `all` that has seasoned. */
  readonly amount: string;
}

/** Options of `surety release-parked`. */
export interface ReleaseParkedOptions extends OwnerActOptions {
  readonly recipient?: string;
}

/** The ledger asks up to four protocols of an account, and one that is left with at least 8,000,000. */
const GAS_CEILING = 14_000_000n;

/** Lets a protocol require margin of the account. @throws ACT_REFUSED with the ledger's own reason, DECLINED. */
export async function optIn(terminal: Terminal, protocol: string, options: OwnerActOptions): Promise<void> {
  const desk = openDesk(terminal, options);
  const at = parseAddressArgument(protocol, '<protocol>');
  await desk.send({
    purpose: 'opt-in',
    data: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'optIn', args: [desk.id, at] }),
    question: `Let the protocol ${at} require margin of account ${desk.id}`,
    shown: { protocol: at },
  });
}

/** Ends an opt-in, or gives notice to a protocol that fails. @throws ACT_REFUSED with the ledger's own reason, DECLINED. */
export async function optOut(terminal: Terminal, protocol: string, options: OwnerActOptions): Promise<void> {
  const desk = openDesk(terminal, options);
  const at = parseAddressArgument(protocol, '<protocol>');
  const isIn = async (): Promise<boolean> =>
    (
      await desk.read((reader, ledger) =>
        reader.readContract({ ...ledger, functionName: 'protocolsOf', args: [desk.id] }),
      )
    ).some((one) => one.toLowerCase() === at);
  if (!(await isIn())) {
    throw operatorError('ACT_REFUSED', `account ${desk.id} is not opted in to ${at}; nothing was sent`);
  }
  await desk.send({
    purpose: 'opt-out',
    data: encodeFunctionData({ abi: collateralLedgerAbi, functionName: 'optOut', args: [desk.id, at] }),
    question: `End the opt-in of account ${desk.id} to the protocol ${at}`,
    shown: { protocol: at },
    // A protocol that fails is left by notice: the first call ends nothing.
    after: (hash) => tellOptOut(desk.place, { ledger: desk.ledger, hash }),
  });
}

/** Sets whether a line counts in the account's margin. @throws ACT_REFUSED with the ledger's own reason, DECLINED. */
export async function setEnabled(terminal: Terminal, options: AssetActOptions, on: boolean): Promise<void> {
  const desk = openDesk(terminal, options);
  const place = findAsset(desk.network, options);
  const { chain, asset } = place;
  const args = [asset.assetId] as const;
  requireListed(
    place,
    await desk.read((reader, ledger) => reader.readContract({ ...ledger, functionName: 'assetOf', args })),
  );
  await desk.send({
    purpose: on ? 'enabling' : 'disabling',
    data: encodeFunctionData({
      abi: collateralLedgerAbi,
      functionName: 'setEnabled',
      args: [desk.id, asset.assetId, on],
    }),
    question: `${on ? 'Count' : 'No longer count'} the line of ${asset.symbol} on ${chain.name} in the margin of account ${desk.id}`,
    shown: { assetId: asset.assetId, enabled: on },
  });
}

/**
 * Moves units that have seasoned to another account, which may owe for them: the ledger asks for enough margin afterwards.
 * @throws ACT_REFUSED if the line holds less, or with the ledger's own reason; DECLINED.
 */
export async function transfer(terminal: Terminal, options: TransferOptions): Promise<void> {
  const desk = openDesk(terminal, options);
  const place = findAsset(desk.network, options);
  const { chain, asset } = place;
  const to = parseAccountArgument(options.to, '--to');
  if (to === desk.id) throw operatorError('BAD_USE', `--to is the account itself, ${to}; expected another`);
  const args = [desk.id, asset.assetId] as const;
  const [line, listed, { timestamp }] = await desk.read((reader, ledger) =>
    Promise.all([
      reader.readContract({ ...ledger, functionName: 'lineOf', args }),
      reader.readContract({ ...ledger, functionName: 'assetOf', args: [asset.assetId] }),
      reader.getBlock(),
    ]),
  );
  requireListed(place, listed);
  const unseasoned = timestamp < BigInt(line.seasonEnd) ? line.unseasoned : 0n;
  const free = line.amount > unseasoned ? line.amount - unseasoned : 0n;
  const amount = options.amount === 'all' ? free : parseTokenUnits(options.amount, asset.decimals, '--amount');
  const inWords = (units: bigint): string => `${formatUnits(units, asset.decimals)} ${asset.symbol}`;
  if (amount === 0n || amount > free) {
    throw operatorError(
      'ACT_REFUSED',
      `--amount is ${inWords(amount)}; of the line's ${inWords(line.amount)} on ${chain.name}, ${inWords(free)} may move now; nothing was sent`,
    );
  }
  const { owner } = parseAccountId(to);
  await desk.send({
    purpose: 'transfer',
    data: encodeFunctionData({
      abi: collateralLedgerAbi,
      functionName: 'transfer',
      args: [desk.id, to, asset.assetId, amount],
    }),
    question: `Transfer ${inWords(amount)} on ${chain.name} from account ${desk.id} to account ${to}, whose owner is ${owner}`,
    shown: { recipient: to, assetId: asset.assetId, amount },
  });
}

/**
 * Sends a parked credit back to its vault's chain instead of waiting for its line. `parked` is `<source>:<index>`, as
 * `surety explain` names it. @throws BAD_USE, ACT_REFUSED with the ledger's own reason, DECLINED.
 */
export async function releaseParked(terminal: Terminal, parked: string, options: ReleaseParkedOptions): Promise<void> {
  const desk = openDesk(terminal, options);
  const [, name = '', number = ''] = /^(?:parked:)?([^:]+):([1-9]\d{0,17})$/.exec(parked) ?? [];
  const found = desk.network.chains.find(
    (chain) => chain.vault !== undefined && (chain.name === name || String(chain.vault.source) === name),
  );
  if (found?.vault === undefined) {
    const known = desk.network.chains.flatMap(({ name: chain, vault }) =>
      vault === undefined ? [] : [`${vault.source} (${chain})`],
    );
    throw operatorError(
      'BAD_USE',
      `"${parked}" is no parked credit; expected <source>:<index>, its source one of ${known.join(', ') || 'none'}`,
    );
  }
  const { source, assets } = found.vault;
  const index = BigInt(number);
  const kept = await desk.read((reader, ledger) =>
    reader.readContract({ ...ledger, functionName: 'parkedOf', args: [source, index] }),
  );
  if (kept.account.toLowerCase() !== desk.id) {
    const seen = BigInt(kept.account) === 0n ? 'nothing is parked there' : `it is of account ${kept.account}`;
    throw operatorError(
      'ACT_REFUSED',
      `${source}:${index}: ${seen}; expected a credit of ${desk.id}; nothing was sent`,
    );
  }
  const recipient =
    options.recipient === undefined ? desk.person : parseAddressArgument(options.recipient, '--recipient');
  const asset = assets.find((one) => one.index === kept.vaultAsset);
  const units =
    asset === undefined ? `${kept.amount} units` : `${formatUnits(kept.amount, asset.decimals)} ${asset.symbol}`;
  await desk.send({
    purpose: 'release of a parked credit',
    data: encodeFunctionData({
      abi: collateralLedgerAbi,
      functionName: 'releaseParked',
      args: [source, index, pad(recipient)],
    }),
    question: `Release the parked ${units} to ${recipient} on ${found.name}`,
    shown: { source, index, amount: kept.amount, recipient },
  });
}

/** One act of an owner that is ready to be simulated and sent. */
interface OwnerAct {
  readonly purpose: string;
  readonly data: Hex;
  /** Without its question mark. */
  readonly question: string;
  /** Added to the JSON document. */
  readonly shown: object;
  /** Lines to add once it was sent. */
  readonly after?: (hash: TxHash) => Promise<readonly string[]>;
}

/** The ledger as the owner of one account uses it. */
interface OwnerDesk {
  readonly network: Network;
  readonly place: SpendingChain;
  readonly ledger: Address;
  readonly id: Bytes32;
  /** The key's address. */
  readonly person: Address;
  read<Value>(
    ask: (
      reader: PublicClient,
      ledger: { readonly address: Address; readonly abi: typeof collateralLedgerAbi },
    ) => Promise<Value>,
  ): Promise<Value>;
  send(act: OwnerAct): Promise<void>;
}

/** Opens the key and the ledger. @throws BAD_USE without a settlement part, NO_PROVIDER, KEY_UNREADABLE. */
function openDesk(terminal: Terminal, options: OwnerActOptions): OwnerDesk {
  const config = openConfig(terminal);
  const { chain, settlement } = requireSettlement(config.network);
  const ledger = address(settlement.ledger);
  const account = openSpendingKey(terminal.environment);
  const person = address(account.address.toLowerCase());
  const id =
    options.account === undefined
      ? accountId({ owner: person, home: 0, sub: 0n })
      : parseAccountArgument(options.account, '--account');
  const place = placeOf(config, chain);
  const reader = openAgreedReader(place);
  return {
    network: config.network,
    place,
    ledger,
    id,
    person,
    read: (ask) => ask(reader, { address: ledger, abi: collateralLedgerAbi }),
    send: async ({ purpose, data, question, shown, after }) => {
      const done = await actByHand({ terminal, options, account }, place, {
        code: 'ACT_REFUSED',
        question: `${question}?`,
        call: { purpose, to: ledger, calldata: data, gasCeiling: GAS_CEILING },
      });
      const more = done.txHash === null ? [] : ((await after?.(done.txHash)) ?? []);
      writeResult(terminal, options, { account: id, ...shown, ...done, notes: more }, () => [
        `${purpose} for ${id} on ${chain.name}: ${outcomeText(done)}`,
        ...more,
      ]);
    },
  };
}
