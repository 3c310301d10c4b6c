import { type Command, Option } from 'commander';

/**
 * Adds `--name` and `--no-name`, of which the second is not listed: the help says once that all have one.
 * @param name without dashes in front.
 */
export function addFlagPair(command: Command, name: string, description: string): Command {
  return command.option(`--${name}`, description).addOption(new Option(`--no-${name}`).hideHelp());
}
