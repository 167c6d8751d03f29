/** NatSpec of one function that changes something. */
export interface CallDocument {
  /** One or more sentences: the effect of the call. */
  readonly notice: string;
  /** Who may call it, in the words of the sources, such as `governor, or risk admin if lower`; absent where they do not say. */
  readonly callers?: string;
  /** Texts of the parameters that have one, by their names. */
  readonly parameters: Readonly<Record<string, string>>;
}
