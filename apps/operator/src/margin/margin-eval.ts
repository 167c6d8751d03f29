import { escapeUnseen } from '@surety/domain';
import { type Batch, type EvaluationResult, evaluateBatch, parseBatch } from '@surety/margin-venues';
import { parseJson } from '../terminal/read-json.js';
import type { OutputOptions, Terminal } from '../terminal/terminal.js';

/** Results that are written at once: enough to keep writes few, few enough to keep the text short. */
const RESULTS_PER_WRITE = 500;

/**
 * Reads a batch of margin requests from standard input and writes one result per request, in their order: as one JSON
 * list with `--json`, else a line each. @throws NOT_JSON if there is no batch; nothing is written then.
 */
export async function marginEval(terminal: Terminal, options: OutputOptions): Promise<void> {
  const batch = await readBatch(terminal);
  const form = options.json === true ? JSON_LIST : LINES;
  let [written, waiting, text] = [0, 0, form.opening];
  for (const result of evaluateBatch(batch)) {
    text += (written + waiting > 0 ? form.separator : '') + form.print(result);
    waiting += 1;
    if (waiting < RESULTS_PER_WRITE) continue;
    terminal.write(text);
    [written, waiting, text] = [written + waiting, 0, ''];
  }
  terminal.write(text + form.closing);
}

const JSON_LIST = {
  opening: '[',
  separator: ',\n',
  closing: ']\n',
  print: (result: EvaluationResult) => escapeUnseen(JSON.stringify(result)),
};

const LINES = {
  opening: '',
  separator: '',
  closing: '',
  print: (result: EvaluationResult) => `${escapeUnseen(lineOf(result))}\n`,
};

async function readBatch(terminal: Terminal): Promise<Batch> {
  return parseJson('standard input', await terminal.readInput(), parseBatch);
}

function lineOf(result: EvaluationResult): string {
  const id = result.id ?? '(no id)';
  if (!result.ok) return `${id}: ${result.error.code} ${result.error.message}`;
  const outputs = Object.entries(result.outputs).filter(([, value]) => value !== undefined);
  return `${id}: ${outputs.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`;
}
