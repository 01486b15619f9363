/** Where a server's files lie; all its verbs take these. */
import { resolve } from 'node:path';
import type { Command } from 'commander';

export interface ServerFileOptions {
  readonly config?: string;
  readonly data?: string;
}

export function addServerFileOptions(command: Command): Command {
  return command
    .option('--config <file>', 'its configuration; in your configuration folder if not given')
    .option('--data <folder>', 'where its catalog and repositories lie; in your data folder if not given');
}

export function serverFiles({ config, data }: ServerFileOptions): ServerFileOptions {
  return {
    ...(config === undefined ? {} : { config: resolve(config) }),
    ...(data === undefined ? {} : { data: resolve(data) }),
  };
}
