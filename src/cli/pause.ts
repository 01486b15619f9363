/** How long a pause lasts, as `--for` says it. */
import type { Command } from 'commander';
import { parseChoice } from './options.ts';

export interface PauseOptions {
  readonly for: string;
}

const lengths = ['hour', 'tomorrow', 'resumed'] as const;

export function addPauseOption(command: Command): void {
  command.option('--for <length>', 'hour, tomorrow (its morning), or resumed (until that is asked for)', 'resumed');
}

export function pauseLength(options: PauseOptions): (typeof lengths)[number] {
  return parseChoice('--for', options.for, lengths);
}
