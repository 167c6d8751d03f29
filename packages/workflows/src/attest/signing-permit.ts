/** Reason for which a watcher must no longer sign. */
export interface SigningRefusal {
  readonly code: string;
  readonly detail: string;
}

/** One process's permission to sign with one key. A refusal is never withdrawn. */
export class SigningPermit {
  #refusal: SigningRefusal | undefined;

  /** Reason for which signing is refused; undefined if it is not. */
  get refusal(): SigningRefusal | undefined {
    return this.#refusal;
  }

  /** Refuses every further signature; keeps the first reason. */
  refuse(refusal: SigningRefusal): void {
    this.#refusal ??= refusal;
  }
}
