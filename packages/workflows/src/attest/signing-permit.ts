/** Why a watcher must not sign any more. */
export interface SigningRefusal {
  readonly code: string;
  readonly detail: string;
}

/** One process's permission to sign with one key. Once refused it is never given back. */
export class SigningPermit {
  #refusal: SigningRefusal | undefined;

  /** Why signing is refused, if it is. */
  get refusal(): SigningRefusal | undefined {
    return this.#refusal;
  }

  /** Refuses every further signature; the first reason stays. */
  refuse(refusal: SigningRefusal): void {
    this.#refusal ??= refusal;
  }
}
