import { composeTerminal } from './compose.js';
import { runProgram } from './program/program.js';

process.exitCode = await runProgram(process.argv.slice(2), composeTerminal());
// A provider that hangs must not hold the shell: once everything is written, nothing else is waited for.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
