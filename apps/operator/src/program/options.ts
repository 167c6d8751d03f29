import type { Command } from 'commander';
import { KEY_HELP } from '../chains/open-sender.js';

/** Adds the option of every command that writes a result. */
export function withJson(command: Command): Command {
  return command.option('--json', 'write one JSON document');
}

/** Adds the options of a command that sends with a key; `dryRun` says what it does without sending. */
export function withKey(command: Command, dryRun: string, { help = KEY_HELP } = {}): Command {
  return command.option('--dry-run', dryRun).option('--yes', 'do not ask').addHelpText('after', help);
}
