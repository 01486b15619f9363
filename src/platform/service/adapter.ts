/** What the systems' services have in common: their port, and how their programs are run. */
import { HoldfastError } from '../../base/errors.ts';
import type { Folders } from '../folders.ts';
import type { ProgramResult, RunProgram } from '../run-program.ts';

/** What is started. */
export interface ServiceProgram {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Set for it, besides what the system gives; no secrets, as others can read the definition. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where it is installed. */
export interface ServiceHost {
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly home: string;
  /** Holdfast's own, for logs. */
  readonly folders: Folders;
  /** Of this process: XDG_CONFIG_HOME, USERNAME … */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
  readonly run: RunProgram;
}

export interface InstalledService {
  /** The definition that was written: a path, or the name of a task. */
  readonly definition: string;
  /** What the user should know: sentences. */
  readonly notes: readonly string[];
}

/** `unknown`: it is installed, and nobody says whether it runs. */
export type ServiceState = 'not-installed' | 'stopped' | 'running' | 'unknown';

/** What each system's adapter does. */
export interface ServiceAdapter {
  install(program: ServiceProgram, signal: AbortSignal): Promise<InstalledService>;
  uninstall(signal: AbortSignal): Promise<void>;
  state(signal: AbortSignal): Promise<ServiceState>;
}

/** Starting and stopping may take as long as the agent's jobs take to stop. */
const timeoutMs = 60_000;

/** Runs one of the system's programs, which must succeed. */
export async function runStep(
  run: RunProgram,
  file: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProgramResult> {
  const result = await run(file, args, { signal, timeoutMs });
  if (result.code === 0) return result;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').pop() ?? '';
  const how = typeof result.code === 'number' ? `failed (exit ${result.code})` : `is ${result.code}`;
  throw new HoldfastError('io', `${file} ${args.join(' ')} ${how}${said === '' ? '.' : `: ${said}`}`, {
    hint: 'The service is not set up. Run the command by hand to see what is wrong, then try again.',
  });
}
