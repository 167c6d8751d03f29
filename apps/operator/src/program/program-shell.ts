import { Argument, type Command } from 'commander';
import { SHELLS, type Shell, completionScript } from './completion.js';
import { manPage } from './man-page.js';
import type { Terminal } from '../terminal/terminal.js';

/** Adds what tells a shell and its user about every command: last, since both list what is there. */
export function addShell(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell to complete in').choices(SHELLS))
    .description('write a script that completes surety’s commands and options: source it in your shell')
    .action((shell: Shell) => terminal.write(completionScript(shell, program)));
  program
    .command('man')
    .description('write the manual page: surety man > surety.1, then man ./surety.1')
    .action(() => terminal.write(manPage(program)));
}
