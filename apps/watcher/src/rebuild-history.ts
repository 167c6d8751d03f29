import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { historyFilesIn, openAttesterSigner, openSigningHistory, rebuildHistory } from '@surety/attestation';
import { markLostRecord } from '@surety/chain';
import { type Environment, type WatcherConfig, loadWatcherConfig } from '@surety/config';
import { type Address, AppError, type ChainId, chainId } from '@surety/domain';
import { requireOwner } from '@surety/process';
import { finalRecordOf } from './origin-chain-of.js';

/**
 * Rebuilds the named store of the signing history from the other one, after a lost disk and with the watcher stopped, as the user
 * who runs the watcher. With `first`, chains whose record of final blocks is lost too are halted. Returns one line that reports
 * the result.
 * @throws CONFIG_INVALID for another name than `first` and `second`, NOT_OWNER, HALT_STORE_UNAVAILABLE, and the errors of
 * configuration, signer and `rebuildHistory`.
 */
export async function rebuildLostHistory(environment: Environment, lost: string | undefined): Promise<string> {
  if (lost !== 'first' && lost !== 'second') {
    throw new AppError({
      code: 'CONFIG_INVALID',
      message: `the store to rebuild is ${lost ?? 'not named'}; expected \`rebuild-history first\` (SURETY_STATE_DIR) or \`rebuild-history second\` (SURETY_HISTORY_DIR)`,
    });
  }
  const config = loadWatcherConfig(environment);
  const files = historyFilesIn(config);
  const whole = lost === 'first' ? files.second : files.first;
  requireOwner({
    made: [`${whole}.born`, whole, dirname(whole)],
    paths: [whole, `${files[lost]}.born`, files[lost]],
    command: `node apps/watcher/dist/program.mjs rebuild-history ${lost}, with the watcher's environment`,
  });
  const { address } = await openAttesterSigner(config.key, config.network.profile);
  // Before the store is whole: after a crash in between the watcher must not start with the records forgotten.
  const halted = lost === 'first' ? await haltLostRecords(config, whole, address) : [];
  const { rows, remains } = rebuildHistory({ lost: files[lost], whole, address });
  const aside =
    remains === undefined ? 'nothing was left of the old one' : `what was left of the old one is ${remains}`;
  const records =
    halted.length === 0
      ? ''
      : `the records of final blocks of chains ${halted.join(', ')} are gone too: each reads as halted until it was checked by hand and cleared with \`surety clear-halt ${config.stateDir} --chain <chain id>\` (runbook 02). `;
  return `${files[lost]} holds the ${rows} rows of ${whole}; ${aside}. ${records}Start the watcher: it asks others before it signs`;
}

/**
 * Halts the chains of which the history holds blocks, and whose records are gone: nobody knows whether one was halted. A chain
 * of which it holds none may never have been watched. Returns those chains.
 */
async function haltLostRecords(config: WatcherConfig, whole: string, address: Address): Promise<ChainId[]> {
  if (!existsSync(whole)) return [];
  const history = openSigningHistory({ file: whole, address });
  const signed = new Set<number>();
  try {
    for (const { row } of history.scan()) if (row.kind === 'block') signed.add(row.chainId);
  } finally {
    history.close();
  }
  const halted: ChainId[] = [];
  for (const id of [...signed].map(chainId)) if (await markLostRecord(finalRecordOf(config, id))) halted.push(id);
  return halted;
}
