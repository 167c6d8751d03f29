import type { Devnet } from '../start-devnet.js';

/** A bad day to practise on: staged on a running line, and mended with the command line alone. */
export interface Drill {
  /** Number of the page in docs/RUNBOOKS that solves it. */
  readonly page: string;
  /** Stages it on a line whose processes are ready. @throws STORY_BROKE, TIMED_OUT. */
  readonly stage: (devnet: Devnet) => Promise<Incident>;
}

/** A staged bad day. */
export interface Incident {
  /** Words of an owner, an alert or an issuer. They name no cause. */
  readonly said: string;
  /** Values for the placeholders of the page's commands, by their text, such as `<name>`. */
  readonly values: Readonly<Record<string, string>>;
  /** Lets everybody else do their part, such as an issuer who brings tokens back; true once it is over. Asked again and again. */
  readonly goOn: () => Promise<boolean>;
}
