import { collateralVaultAbi } from '@surety/contracts';
import { type Address, accountId, address } from '@surety/domain';
import { encodeFunctionData } from 'viem';
import { type ActOptions, actByHand, outcomeText } from '../chains/act-by-hand.js';
import { operatorError } from '../errors.js';
import { type Reach, openConfig, placeOf } from '../chains/open-config.js';
import { openSpendingKey } from '../chains/open-sender.js';
import { parseAddressArgument } from '../terminal/parse-account.js';
import { type Terminal, writeResult } from '../terminal/terminal.js';

/** Options of `surety appoint`. */
export interface AppointOptions extends ActOptions {
  readonly chain: string;
  /** Address on the settlement chain, or `none`. */
  readonly operator: string;
  readonly sub: string;
}

const GAS_CEILING = 500_000n;
const SUB_MAX = 2n ** 80n - 1n;
const NOBODY = address(`0x${'0'.repeat(40)}`);

/** Lets the owner of an account whose home is a collateral chain appoint an operator on the ledger. */
export async function appoint(terminal: Terminal, options: AppointOptions): Promise<void> {
  const config = openConfig(terminal);
  const { chain, vault } = findHome(config.network.chains, options.chain);
  const sub = parseSub(options.sub);
  const operator: Address = options.operator === 'none' ? NOBODY : parseAddressArgument(options.operator, '--operator');
  const account = openSpendingKey(terminal.environment);
  const id = accountId({ owner: address(account.address), home: vault.source, sub });
  const act = {
    code: 'APPOINT_REFUSED',
    question: `Let ${operator === NOBODY ? 'nobody' : operator} act on the ledger for account ${id}, in place of whoever may now?`,
    call: {
      purpose: 'appoint',
      to: address(vault.address),
      calldata: encodeFunctionData({ abi: collateralVaultAbi, functionName: 'appoint', args: [sub, operator] }),
      gasCeiling: GAS_CEILING,
    },
  } as const;
  const done = await actByHand({ terminal, options, account }, placeOf(config, chain), act);
  writeResult(terminal, options, { account: id, operator, ...done }, () => [
    `appointment of ${operator} for ${id}: ${outcomeText(done)}`,
    'it may act 24 hours after the ledger applied it, and once witnesses confirmed it',
  ]);
}

type Chain = Reach['network']['chains'][number];

/** Finds a chain with a vault of which accounts may be at home. @throws BAD_USE. */
function findHome(chains: readonly Chain[], name: string): { chain: Chain; vault: NonNullable<Chain['vault']> } {
  const homes = chains.flatMap((chain) =>
    chain.vault === undefined || chain.vault.source === 0 ? [] : [{ chain, vault: chain.vault }],
  );
  const found = homes.find(({ chain }) => chain.name === name || String(chain.chainId) === name);
  if (found !== undefined) return found;
  const known = homes.map(({ chain }) => `${chain.name} (${chain.chainId})`).join(', ') || 'none';
  throw operatorError('BAD_USE', `no account is at home on "${name}"; expected a collateral chain: ${known}`);
}

function parseSub(text: string): bigint {
  if (/^(0|[1-9][0-9]{0,24})$/.test(text) && BigInt(text) <= SUB_MAX) return BigInt(text);
  throw operatorError('BAD_USE', `--sub ${text} is no sub-account; expected a number of at most ${SUB_MAX}`);
}
