import { mulDivDown } from '@surety/domain';
import { operatorError } from '../errors.js';
import { parseTokenUnits } from '../terminal/parse-decimal.js';

/** A wished change of one named figure: what it becomes, from what it is. */
export interface WantedChange {
  readonly name: string;
  /** As it was written. */
  readonly text: string;
  /** The figure after the change, rounded down; never below 0. */
  readonly apply: (figure: bigint) => bigint;
}

const PERCENT = /^([+-])(\d{1,4})(?:\.(\d{1,2}))?%$/;
const WHOLE_BPS = 10_000n;

/**
 * Reads `<name>=<figure>`, `<name>=+<more>`, `<name>=-<less>` or `<name>=-<percent>%`.
 * @throws BAD_USE for another form, more decimals than the figure has, or a fall of more than everything
 */
export function parseChange(text: string, option: string, decimalsOf: (name: string) => number): WantedChange {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0));
  const wanted = text.slice(at + 1);
  if (at < 1 || wanted === '')
    throw operatorError(
      'BAD_USE',
      `${option} is "${text}"; expected a name and a change, such as ETH=-30% or ETH=2500`,
    );
  const percent = PERCENT.exec(wanted);
  if (percent !== null) {
    const [, sign, whole = '', part = ''] = percent;
    const bps = BigInt(`${whole}${part.padEnd(2, '0')}`) * (sign === '-' ? -1n : 1n);
    if (bps < -WHOLE_BPS)
      throw operatorError('BAD_USE', `${option} ${text} takes more than everything; expected -100% at most`);
    return { name, text, apply: (figure) => mulDivDown(figure, WHOLE_BPS + bps, WHOLE_BPS) };
  }
  const sign = /^[+-]/.exec(wanted)?.[0];
  const units: bigint = parseTokenUnits(
    sign === undefined ? wanted : wanted.slice(1),
    decimalsOf(name),
    `${option} ${name}`,
  );
  if (sign === undefined) return { name, text, apply: () => units };
  return {
    name,
    text,
    apply: (figure) => {
      const changed = sign === '+' ? figure + units : figure - units;
      return changed > 0n ? changed : 0n;
    },
  };
}
