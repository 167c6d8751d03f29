import { dirname } from 'node:path';
import { historyFilesIn, openAttesterSigner, rebuildHistory } from '@surety/attestation';
import { type Environment, loadWatcherConfig } from '@surety/config';
import { AppError } from '@surety/domain';
import { requireOwner } from '@surety/process';

/**
 * Rebuilds the named store of the signing history from the other one, after a lost disk and with the watcher stopped, as the user
 * who runs the watcher. Returns one line that reports the result.
 * @throws CONFIG_INVALID for another name than `first` and `second`, NOT_OWNER, and the errors of configuration, signer and
 * `rebuildHistory`.
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
  const { rows, remains } = rebuildHistory({ lost: files[lost], whole, address });
  const aside =
    remains === undefined ? 'nothing was left of the old one' : `what was left of the old one is ${remains}`;
  return `${files[lost]} holds the ${rows} rows of ${whole}; ${aside}. Start the watcher: it asks others before it signs`;
}
