import { AppError, type ErrorContext } from '@surety/domain';

/** Codes of attesting: why a statement is not signed. */
export type AttestErrorCode =
  /** A signature would contradict a recorded one. Permanently refused under this name of the edge. */
  | 'CONTRADICTION'
  /** The signing history cannot be read or written at the moment: nothing is signed until it can. */
  | 'HISTORY_UNAVAILABLE'
  /** The signing history is damaged, or belongs to another key: a person must look. */
  | 'HISTORY_CORRUPT'
  /** The signing history existed and is gone: the key must be retired. */
  | 'HISTORY_MISSING'
  /** A newer release wrote the signing history or the log: that release must be started again. Nothing was changed. */
  | 'STATE_NEWER'
  /** Another process holds the signing history: one key signs in one process. */
  | 'HISTORY_IN_USE'
  /** One of the two stores of the signing history is lost or older than the other: a person rebuilds it or retires the key. */
  | 'HISTORY_STORE_BEHIND'
  /**
   * A valid signature of this key exists that the history does not contain: the history is older than the key's last
   * signature.
   */
  | 'HISTORY_OLDER'
  /** The statement was not made from a verified frame. */
  | 'NOT_VERIFIED'
  /** A verified frame does not continue what was verified before. */
  | 'FRAME_BROKEN'
  /** The replica is being rewound: it takes no statement until it opens under its next name. */
  | 'EDGE_REWINDING'
  /** A named cut-off point is not on the journal, or not under the edge's next name. */
  | 'POINT_REFUSED'
  /** No epoch of the destination covers the frame's time. */
  | 'NO_EPOCH'
  /** The destination's attester sets are not known for the frame's time, because its chain could not be read. */
  | 'EPOCHS_UNREAD'
  /** The watcher's own log cannot be read or written now. */
  | 'LOG_UNAVAILABLE';

const RETRYABLE: ReadonlySet<AttestErrorCode> = new Set([
  'HISTORY_UNAVAILABLE',
  'HISTORY_IN_USE',
  'LOG_UNAVAILABLE',
  'NO_EPOCH',
  'EPOCHS_UNREAD',
  'EDGE_REWINDING',
]);

/** Codes after which a journal is never signed again by this process: only a person can change their cause. */
export const FINAL_REFUSALS: ReadonlySet<string> = new Set<AttestErrorCode>([
  'HISTORY_CORRUPT',
  'HISTORY_MISSING',
  'HISTORY_OLDER',
  'NOT_VERIFIED',
  'FRAME_BROKEN',
]);

/** Builds an attest error; retryable if the cause may end by itself. */
export function attestError(
  code: AttestErrorCode,
  message: string,
  context: ErrorContext = {},
  cause?: unknown,
): AppError<AttestErrorCode> {
  return new AppError({ code, message, context, retryable: RETRYABLE.has(code), cause });
}
