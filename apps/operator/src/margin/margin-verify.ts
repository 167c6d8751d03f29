import {
  type ReportDifference,
  compareInputs,
  compareSigners,
  judgeReport,
  judgeSignatures,
  parseReportFile,
} from '@surety/chain';
import { formatTable } from '../terminal/format.js';
import { openConfig } from '../chains/open-config.js';
import { parseJson, readTextFile } from '../terminal/read-json.js';
import { comparedChains, requireNone } from './compared-chains.js';
import { type OutputOptions, type Terminal, writeResult } from '../terminal/terminal.js';
import { formatWad } from './margin-book.js';

/** Options of `surety margin verify`. */
export interface VerifyOptions extends OutputOptions {
  /** Compare with the settlement chain of chains.config.json too. */
  readonly chain?: boolean;
}

/**
 * Recomputes a report from its inputs and shows the differences: its names, its inputs' hash, both figures to the last
 * integer, and the signers. With `--chain` also the signers' membership, and the inputs against the chain at the
 * report's block.
 * @throws REPORT_WRONG naming the first difference; NOT_JSON.
 */
export async function marginVerify(terminal: Terminal, path: string, options: VerifyOptions): Promise<void> {
  const file = parseJson(path, readTextFile(path), parseReportFile);
  const differences: ReportDifference[] = [...judgeReport(file), ...(await judgeSignatures(file))];
  if (options.chain === true) {
    const [place] = comparedChains(openConfig(terminal));
    differences.push(...(await compareSigners(file, place)), ...(await compareInputs(file.inputs, place)));
  }
  const { report, figures, signatures } = file;
  const compared = options.chain === true ? 'inputs and chain' : 'inputs';
  writeResult(
    terminal,
    options,
    { ok: differences.length === 0, compared, figures, signatures: signatures.length, differences },
    () => [
      ...(differences.length === 0
        ? []
        : formatTable([
            ['field', 'seen', 'expected'],
            ...differences.map((one) => [one.field, one.seen, one.expected]),
          ])),
      `initial ${formatWad(figures.initialWad)}, maintenance ${formatWad(figures.maintenanceWad)} from the inputs of block ${report.blockNumber}`,
      `${signatures.length} signatures, compared with ${compared}: ${differences.length} differences`,
    ],
  );
  requireNone(differences, 'do not rely on this report');
}
