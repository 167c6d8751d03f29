/** One line of the table: a cost or a speed of this project beside a floor or a peer, measured in one run. */
export interface Row {
  readonly id: string;
  /** Median figure of what is measured, in `unit`. */
  readonly subject: number;
  /** Median figure of the floor or the peer, in `unit`. */
  readonly reference: number;
  /** Median of the rounds' subject / reference. */
  readonly ratio: number;
  /** Direction of improvement: costs are better lower, speeds higher. */
  readonly better: 'lower' | 'higher';
  /** (Largest − smallest ratio) / median ratio over the rounds; 0 for figures that do not vary. */
  readonly spread: number;
  /** Unit of both figures. */
  readonly unit: string;
  /** Reference in a few words. */
  readonly against: string;
}

/** A group of rows that are measured together. */
export interface Measurement {
  /** Ids of the rows it gives. */
  readonly ids: readonly string[];
  /** @throws MeasurementError if a result is wrong: no figure is given for a wrong answer. */
  readonly measure: (say: (line: string) => void) => Promise<readonly Row[]>;
}

/** A result that was measured is wrong or impossible. */
export class MeasurementError extends Error {
  override readonly name = 'MeasurementError';
}
