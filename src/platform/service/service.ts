/**
 * The agent as a service of this user, which the system starts at login and again when it died: a systemd user unit on Linux, a
 * launchd agent on macOS, a scheduled task on Windows. No administrator is needed. Installing again replaces it.
 */
import { isAbsolute, win32 } from 'node:path';
import { HoldfastError } from '../../base/errors.ts';
import type { InstalledService, ServiceAdapter, ServiceHost, ServiceProgram, ServiceState } from './adapter.ts';
import { launchdService } from './launchd.ts';
import { scheduledTask } from './scheduled-task.ts';
import { systemdService } from './systemd.ts';

/**
 * Installs and starts it.
 *
 * @throws HoldfastError 'unsupported' where no services can be had, with a hint at what to do instead; 'io' if the system refuses
 */
export async function installService(
  options: ServiceProgram & ServiceHost,
  signal: AbortSignal,
): Promise<InstalledService> {
  const { program, args, environment } = options;
  const isPath = options.platform === 'win32' ? win32.isAbsolute(program) : isAbsolute(program);
  if (!isPath) throw new HoldfastError('internal', `The service's program ${program} is not an absolute path`);
  return adapterFor(options).install({ program, args, environment }, signal);
}

/** Stops and removes it; it is fine if there is none. @throws HoldfastError 'unsupported', 'io' */
export async function uninstallService(host: ServiceHost, signal: AbortSignal): Promise<void> {
  return adapterFor(host).uninstall(signal);
}

export async function serviceState(host: ServiceHost, signal: AbortSignal): Promise<ServiceState> {
  return adapterFor(host).state(signal);
}

function adapterFor(host: ServiceHost): ServiceAdapter {
  if (host.platform === 'darwin') return launchdService(host);
  if (host.platform === 'win32') return scheduledTask(host);
  if (host.platform === 'linux') return systemdService(host);
  throw new HoldfastError('unsupported', `Holdfast knows no services on ${host.platform}.`, {
    hint: 'Let your system run "holdfast agent start" when you log in.',
  });
}
