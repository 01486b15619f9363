/** The agent as a service of this user: how it is started, and for which profile. */
import { homedir } from 'node:os';
import { type Folders, userFolders } from '../platform/folders.ts';
import { runProgram } from '../platform/run-program.ts';
import type { ServiceHost, ServiceProgram } from '../platform/service/adapter.ts';
import { nodeOptions, programFile } from './agent-start.ts';

export function serviceHost(): ServiceHost {
  const { platform, env } = process;
  return { platform, home: homedir(), folders: userFolders(), hostEnvironment: env, run: runProgram };
}

/** This very program, with the folders of this profile where they are not the usual ones: a service has another environment. */
export function serviceProgram(): ServiceProgram {
  const usual = userFolders({ platform: process.platform, environment: {}, home: homedir() });
  const own = userFolders();
  const variables: Record<keyof Folders, string> = {
    data: 'HOLDFAST_DATA_DIR',
    config: 'HOLDFAST_CONFIG_DIR',
    cache: 'HOLDFAST_CACHE_DIR',
  };
  const names = ['data', 'config', 'cache'] as const;
  return {
    program: process.execPath,
    args: [...nodeOptions(), programFile(), 'agent', 'start', '--quiet'],
    environment: Object.fromEntries(
      names.filter((name) => own[name] !== usual[name]).map((name) => [variables[name], own[name]]),
    ),
  };
}
