// Written by tools/build-abi.mjs from the compiled contracts; do not edit.
import type { ModuleCode } from '../contract-code.js';
import { ledgerAccountsCode } from './ledger-accounts.code.js';
import { ledgerProtocolsCode } from './ledger-protocols.code.js';
import { ledgerTermsCode } from './ledger-terms.code.js';
import { ledgerLossesCode } from './ledger-losses.code.js';
import { ledgerRewindCode } from './ledger-rewind.code.js';
import { ledgerViewsCode } from './ledger-views.code.js';
import { vaultPaymentsCode } from './vault-payments.code.js';
import { vaultLossesCode } from './vault-losses.code.js';
import { vaultRewindCode } from './vault-rewind.code.js';
import { vaultWitnessesCode } from './vault-witnesses.code.js';
import { vaultExitCode } from './vault-exit.code.js';
import { vaultAdminCode } from './vault-admin.code.js';
import { vaultViewsCode } from './vault-views.code.js';

/** The modules of a CollateralLedger, in the order in which its constructor takes them. */
export const ledgerModules: readonly ModuleCode[] = [
  { part: 'ledger-accounts', code: ledgerAccountsCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"attesterSet","type":"address"},{"name":"riskManager","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"riskAdmin","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'ledger-protocols', code: ledgerProtocolsCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"attesterSet","type":"address"},{"name":"riskManager","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"riskAdmin","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'ledger-terms', code: ledgerTermsCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"attesterSet","type":"address"},{"name":"riskManager","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"riskAdmin","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'ledger-losses', code: ledgerLossesCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"attesterSet","type":"address"},{"name":"riskManager","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"riskAdmin","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'ledger-rewind', code: ledgerRewindCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"attesterSet","type":"address"},{"name":"riskManager","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"riskAdmin","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'ledger-views', code: ledgerViewsCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"attesterSet","type":"address"},{"name":"riskManager","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"riskAdmin","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
];

/** The modules of a CollateralVault, in the order in which its constructor takes them. */
export const vaultModules: readonly ModuleCode[] = [
  { part: 'vault-payments', code: vaultPaymentsCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"settlementChainId","type":"uint256"},{"name":"ledger","type":"address"},{"name":"source","type":"uint16"},{"name":"attesterSet","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'vault-losses', code: vaultLossesCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"settlementChainId","type":"uint256"},{"name":"ledger","type":"address"},{"name":"source","type":"uint16"},{"name":"attesterSet","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'vault-rewind', code: vaultRewindCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"settlementChainId","type":"uint256"},{"name":"ledger","type":"address"},{"name":"source","type":"uint16"},{"name":"attesterSet","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'vault-witnesses', code: vaultWitnessesCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"settlementChainId","type":"uint256"},{"name":"ledger","type":"address"},{"name":"source","type":"uint16"},{"name":"attesterSet","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'vault-exit', code: vaultExitCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"settlementChainId","type":"uint256"},{"name":"ledger","type":"address"},{"name":"source","type":"uint16"},{"name":"attesterSet","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'vault-admin', code: vaultAdminCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"settlementChainId","type":"uint256"},{"name":"ledger","type":"address"},{"name":"source","type":"uint16"},{"name":"attesterSet","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
  { part: 'vault-views', code: vaultViewsCode, abi: [{"type":"constructor","inputs":[{"name":"init","type":"tuple","components":[{"name":"settlementChainId","type":"uint256"},{"name":"ledger","type":"address"},{"name":"source","type":"uint16"},{"name":"attesterSet","type":"address"},{"name":"governor","type":"address"},{"name":"guardian","type":"address"},{"name":"pauser","type":"address"},{"name":"development","type":"bool"}]}],"stateMutability":"nonpayable"}] },
];
