/** macOS: a launchd agent in ~/Library/LaunchAgents. Sources: launchd.plist(5), launchctl(1). Never ran on a Mac. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runStep, type ServiceAdapter, type ServiceHost, type ServiceProgram, type ServiceState } from './adapter.ts';
import { removeDefinition, writeDefinition } from './definition-file.ts';
import { xmlText } from './xml-text.ts';

const label = 'holdfast.agent';
const launchctl = '/bin/launchctl';

export function launchdService({ home, folders, run }: ServiceHost): ServiceAdapter {
  const path = join(home, 'Library/LaunchAgents', `${label}.plist`);
  const domain = `gui/${process.getuid?.() ?? 0}`;
  const service = `${domain}/${label}`;
  const isLoaded = async (signal: AbortSignal): Promise<boolean> =>
    (await run(launchctl, ['print', service], { signal })).code === 0;
  const unload = async (signal: AbortSignal): Promise<void> => {
    if (await isLoaded(signal)) await runStep(run, launchctl, ['bootout', service], signal);
  };
  return {
    install: async (program, signal) => {
      const text = launchdPlist(program, join(folders.cache, 'agent.log'));
      await unload(signal);
      writeDefinition(path, text);
      await runStep(run, launchctl, ['enable', service], signal);
      await runStep(run, launchctl, ['bootstrap', domain, path], signal);
      const note =
        'To back up Documents, Desktop and other protected folders, give Full Disk Access to the program in System Settings.';
      return { definition: path, notes: [note] };
    },
    uninstall: async (signal) => {
      await unload(signal);
      removeDefinition(path);
    },
    state: async (signal): Promise<ServiceState> => {
      if (!existsSync(path)) return 'not-installed';
      const { code, stdout } = await run(launchctl, ['print', service], { signal });
      if (code === 'missing' || code === 'killed') return 'unknown';
      return /^\s*state = running$/m.test(stdout) ? 'running' : 'stopped';
    },
  };
}

/** The property list: started at login, and again when it failed. @param logPath where what it prints goes */
export function launchdPlist({ program, args, environment }: ServiceProgram, logPath: string): string {
  const words = [program, ...args].map((word) => `    <string>${xmlText(word)}</string>`);
  const variables = Object.entries(environment).map(
    ([name, value]) => `    <key>${xmlText(name)}</key>\n    <string>${xmlText(value)}</string>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words.join('\n')}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
${variables.join('\n')}
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>15</integer>
  <key>ExitTimeOut</key>
  <integer>20</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>${xmlText(logPath)}</string>
  <key>StandardErrorPath</key>
  <string>${xmlText(logPath)}</string>
</dict>
</plist>
`;
}
