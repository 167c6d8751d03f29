import { join } from 'node:path';
import { address } from '@surety/domain';
import type { TypedDataSigner } from '@surety/workflows';
import { openKeystoreSigner } from './keystore-file.js';
import { openEnvironmentSigner } from './open-environment-signer.js';
import type { HistoryFiles } from './open-history-pair.js';
import { openRemoteSigner } from './open-remote-signer.js';

/** Secret text that only `reveal()` returns. */
interface Withheld {
  reveal(): string;
}

/** The source of an attester's key: a keystore, a remote signer, or (in development) the environment. */
export type AttesterKey =
  | { readonly kind: 'environment'; readonly key: Withheld }
  | { readonly kind: 'keystore'; readonly file: string; readonly password: Withheld }
  | {
      readonly kind: 'remote';
      readonly url: Withheld;
      readonly address: string;
      readonly token: Withheld | undefined;
      readonly tls: { readonly ca?: Withheld; readonly cert?: Withheld; readonly key?: Withheld };
    };

/**
 * Opens the signer of an attester's key.
 * @throws the errors of {@link openKeystoreSigner} and {@link openRemoteSigner}.
 */
export async function openAttesterSigner(
  key: AttesterKey,
  profile: 'development' | 'production',
): Promise<TypedDataSigner> {
  if (key.kind === 'keystore') return openKeystoreSigner({ file: key.file, password: key.password.reveal() });
  if (key.kind === 'environment') return openEnvironmentSigner({ key: key.key.reveal(), profile });
  const { ca, cert, key: own } = key.tls;
  return openRemoteSigner({
    url: key.url.reveal(),
    address: address(key.address),
    ...(key.token && { token: key.token.reveal() }),
    tls: {
      ...(ca && { ca: ca.reveal() }),
      ...(cert && { cert: cert.reveal() }),
      ...(own && { key: own.reveal() }),
    },
  });
}

/** Returns the paths of the two stores of a signing history. */
export function historyFilesIn(folders: { readonly stateDir: string; readonly historyDir: string }): HistoryFiles {
  return { first: join(folders.stateDir, 'history.sqlite'), second: join(folders.historyDir, 'history.sqlite') };
}
