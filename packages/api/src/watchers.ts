import { chainId } from '@surety/domain';
import { signature } from './posts.js';
import { type View, addressText, list, natural, record, text, u64, u128, uintNumber, word } from './values.js';

const signedHaltView = record({
  halt: record({ edge: word, nonce: u64, epoch: uintNumber(32) }),
  domain: record({
    chainId: natural.min(1).transform((id) => chainId(id)),
    verifyingContract: addressText,
  }).describe('The verifier that it is for.'),
  signer: addressText,
  signature,
  reason: text.describe('What the watcher saw; unsigned.'),
});
/** A halt with one member's signature, as its watcher serves it. */
export type SignedHaltView = View<typeof signedHaltView>;

/** Answer of a watcher's `GET /v1/halts`. */
export const haltsAnswer = record({ halts: list(signedHaltView) });

const signedReportView = record({
  report: record({
    reports: addressText,
    protocol: addressText,
    account: word,
    positionNonce: u64,
    blockNumber: u64,
    blockHash: word,
    asOf: u64,
    inputsHash: word,
    parameterVersion: word,
    initialWad: u128,
    maintenanceWad: u128,
    expiry: u64,
    epoch: uintNumber(32),
  }),
  verifier: addressText.describe('The verifier that it is for.'),
  signature,
});
/** A margin report with one member's signature, as its watcher serves it. */
export type SignedReportView = View<typeof signedReportView>;

/** Answer of a watcher's `GET /v1/reports`. */
export const reportsAnswer = record({ reports: list(signedReportView) });
