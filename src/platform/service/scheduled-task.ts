/**
 * Windows: a scheduled task with a logon trigger, made from XML. Sources: Task Scheduler schema, schtasks, CommandLineToArgvW.
 * Never ran on Windows.
 *
 * A task knows no environment, and expands %NAME% in what it starts. So a small PowerShell script starts the program where it
 * needs variables, or has a % in its command line; conhost keeps a window from opening.
 */
import { join } from 'node:path';
import { askPowerShell, powerShellArguments } from '../powershell.ts';
import { runStep, type ServiceAdapter, type ServiceHost, type ServiceProgram, type ServiceState } from './adapter.ts';
import { removeDefinition, writeDefinition } from './definition-file.ts';
import { xmlText } from './xml-text.ts';

const taskPath = '\\Holdfast\\';
const taskName = 'Agent';
const fullName = `${taskPath}${taskName}`;

export function scheduledTask({ folders, hostEnvironment, run }: ServiceHost): ServiceAdapter {
  const { USERDOMAIN: domain, USERNAME: user = '' } = hostEnvironment;
  const userId = domain === undefined ? user : `${domain}\\${user}`;
  const schtasks = (args: readonly string[], signal: AbortSignal) => runStep(run, 'schtasks.exe', args, signal);
  const state = async (signal: AbortSignal): Promise<ServiceState> => {
    const script = `$task = Get-ScheduledTask -TaskPath '${taskPath}' -TaskName '${taskName}' -ErrorAction SilentlyContinue
      if ($null -eq $task) { '"none"' } else { [int]$task.State | ConvertTo-Json }`;
    const answer = await askPowerShell(script, run, signal);
    if (answer === 'none') return 'not-installed';
    if (typeof answer !== 'number') return 'unknown';
    return answer === 4 ? 'running' : 'stopped'; // TaskState: 1 disabled, 2 queued, 3 ready, 4 running
  };
  return {
    state,
    install: async (program, signal) => {
      const path = join(folders.config, 'agent-task.xml');
      writeDefinition(path, Buffer.from(`\uFEFF${taskXml(program, userId)}`, 'utf16le'));
      try {
        if ((await state(signal)) === 'running') await schtasks(['/End', '/TN', fullName], signal);
        await schtasks(['/Create', '/TN', fullName, '/XML', path, '/F'], signal);
      } finally {
        removeDefinition(path);
      }
      await schtasks(['/Run', '/TN', fullName], signal);
      return { definition: fullName, notes: [] };
    },
    uninstall: async (signal) => {
      const before = await state(signal);
      if (before === 'not-installed') return;
      if (before === 'running') await schtasks(['/End', '/TN', fullName], signal);
      await schtasks(['/Delete', '/TN', fullName, '/F'], signal);
    },
  };
}

/** The task's XML (to be written in UTF-16). @param userId whose login starts it: DOMAIN\name */
export function taskXml(program: ServiceProgram, userId: string): string {
  const user = xmlText(userId);
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Holdfast backup agent</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>${user}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>999</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>conhost.exe</Command>
      <Arguments>${xmlText(`--headless ${commandLine(program)}`)}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

function commandLine({ program, args, environment }: ServiceProgram): string {
  const direct = [program, ...args].map(windowsQuoted).join(' ');
  if (Object.keys(environment).length === 0 && !direct.includes('%')) return direct;
  const script = startScript({ program, args, environment });
  return ['powershell.exe', ...powerShellArguments(script)].join(' ');
}

/** Not by PowerShell's own call operator, as that of 5.1 loses double quotes. */
function startScript({ program, args, environment }: ServiceProgram): string {
  const variables = Object.entries(environment).map(
    ([name, value]) => `[Environment]::SetEnvironmentVariable(${literal(name)}, ${literal(value)})`,
  );
  return [
    ...variables,
    '$start = New-Object Diagnostics.ProcessStartInfo',
    `$start.FileName = ${literal(program)}`,
    `$start.Arguments = ${literal(args.map(windowsQuoted).join(' '))}`,
    '$start.UseShellExecute = $false',
    '$process = [Diagnostics.Process]::Start($start)',
    '$process.WaitForExit()',
    'exit $process.ExitCode',
  ].join('\n');
}

/** In single quotes PowerShell takes everything as it is, but these quotes (and the typographic ones, as it reads them so). */
function literal(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}

/** As CommandLineToArgvW takes words apart: backslashes count only before a double quote. */
function windowsQuoted(word: string): string {
  if (/^[^\s"]+$/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
