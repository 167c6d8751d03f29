import { join } from 'node:path';
import {
  type HistoryPair,
  type SqliteAttestationLog,
  createAttester,
  historyFilesIn,
  openAttestationLog,
  openAttesterSigner,
  openHistoryPair,
} from '@surety/attestation';
import type { WatcherConfig } from '@surety/config';
import type { Attester } from '@surety/workflows';

/** A watcher's key with its stores. */
export interface OpenAttester {
  readonly attester: Attester;
  readonly history: HistoryPair;
  readonly log: SqliteAttestationLog;
  /** True if the configured attester set counts this key's signatures. */
  readonly isMember: boolean;
  close(): void;
}

/** Opens the key, both stores of its signing history and the log. @throws the errors of signers and stores. */
export async function openAttester(config: WatcherConfig): Promise<OpenAttester> {
  const signer = await openAttesterSigner(config.key, config.network.profile);
  const history = openHistoryPair({ files: historyFilesIn(config), address: signer.address });
  try {
    const log = openAttestationLog({ file: join(config.stateDir, 'log.sqlite') });
    return {
      attester: createAttester({ signer, history }),
      history,
      log,
      isMember: config.attesters.members.some((member) => member.toLowerCase() === signer.address),
      close: () => {
        history.close();
        log.close();
      },
    };
  } catch (error) {
    history.close();
    throw error;
  }
}
