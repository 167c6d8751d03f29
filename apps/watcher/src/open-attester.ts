import { join } from 'node:path';
import {
  type HistoryFiles,
  type HistoryPair,
  type RemoteSignerOptions,
  type SqliteAttestationLog,
  createAttester,
  openAttestationLog,
  openEnvironmentSigner,
  openHistoryPair,
  openKeystoreSigner,
  openRemoteSigner,
} from '@surety/attestation';
import type { WatcherConfig } from '@surety/config';
import { address } from '@surety/domain';
import type { Attester, TypedDataSigner } from '@surety/workflows';

/** A watcher's key with its stores. */
export interface OpenAttester {
  readonly attester: Attester;
  readonly history: HistoryPair;
  readonly log: SqliteAttestationLog;
  /** Whether the configured attester set counts this key's signatures. */
  readonly isMember: boolean;
  close(): void;
}

/** Opens the key, both stores of its signing history and the log. @throws what signers and stores throw. */
export async function openAttester(config: WatcherConfig): Promise<OpenAttester> {
  const signer = await openSigner(config);
  const history = openHistoryPair({ files: historyFilesOf(config), address: signer.address });
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

/** Gives the paths of the two stores of the signing history. */
export function historyFilesOf({ stateDir, historyDir }: WatcherConfig): HistoryFiles {
  return { first: join(stateDir, 'history.sqlite'), second: join(historyDir, 'history.sqlite') };
}

/** Opens the configured key: a keystore, a remote signer, or in development the environment. @throws what signers throw. */
export async function openSigner({ key, network }: WatcherConfig): Promise<TypedDataSigner> {
  if (key.kind === 'keystore') return openKeystoreSigner({ file: key.file, password: key.password.reveal() });
  if (key.kind === 'remote') return openRemoteSigner(remoteOptionsOf(key));
  return openEnvironmentSigner({ key: key.key.reveal(), profile: network.profile });
}

function remoteOptionsOf(key: Extract<WatcherConfig['key'], { kind: 'remote' }>): RemoteSignerOptions {
  const { ca, cert, key: own } = key.tls;
  return {
    url: key.url.reveal(),
    address: address(key.address),
    ...(key.token && { token: key.token.reveal() }),
    tls: {
      ...(ca && { ca: ca.reveal() }),
      ...(cert && { cert: cert.reveal() }),
      ...(own && { key: own.reveal() }),
    },
  };
}
