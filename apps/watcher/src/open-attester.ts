import { join } from 'node:path';
import {
  type SqliteAttestationLog,
  type SqliteSigningHistory,
  createAttester,
  openAttestationLog,
  openEnvironmentSigner,
  openKeystoreSigner,
  openSigningHistory,
} from '@surety/attestation';
import type { WatcherConfig } from '@surety/config';
import type { Attester, DigestSigner } from '@surety/workflows';

/** A watcher's key with its stores. */
export interface OpenAttester {
  readonly attester: Attester;
  readonly history: SqliteSigningHistory;
  readonly log: SqliteAttestationLog;
  /** Whether the configured attester set counts this key's signatures. */
  readonly isMember: boolean;
  close(): void;
}

/** Opens the key, its signing history and the log in the state folder. @throws what signers and stores throw. */
export async function openAttester(config: WatcherConfig): Promise<OpenAttester> {
  const signer = await openSigner(config);
  const history = openSigningHistory({ file: join(config.stateDir, 'history.sqlite'), address: signer.address });
  const log = openAttestationLog({ file: join(config.stateDir, 'log.sqlite') });
  return {
    attester: createAttester({ signer, histories: [history] }),
    history,
    log,
    isMember: config.attesters.members.some((member) => member.toLowerCase() === signer.address),
    close: () => {
      history.close();
      log.close();
    },
  };
}

function openSigner({ key, network }: WatcherConfig): Promise<DigestSigner> | DigestSigner {
  if (key.kind === 'keystore') return openKeystoreSigner({ file: key.file, password: key.password.reveal() });
  return openEnvironmentSigner({ key: key.key.reveal(), profile: network.profile });
}
