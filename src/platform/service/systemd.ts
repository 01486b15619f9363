/**
 * Linux: a systemd user unit in $XDG_CONFIG_HOME/systemd/user. Sources: systemd.unit(5), systemd.service(5) ("Command lines"),
 * systemd.exec(5), systemd.syntax(7).
 */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { HoldfastError } from '../../base/errors.ts';
import { runStep, type ServiceAdapter, type ServiceHost, type ServiceProgram, type ServiceState } from './adapter.ts';
import { removeDefinition, writeDefinition } from './definition-file.ts';

const unit = 'holdfast-agent.service';

export function systemdService({ home, hostEnvironment, run }: ServiceHost): ServiceAdapter {
  const { XDG_CONFIG_HOME: xdg } = hostEnvironment;
  const config = xdg !== undefined && posix.isAbsolute(xdg) ? xdg : join(home, '.config');
  const folder = join(config, 'systemd/user');
  const path = join(folder, unit);
  const systemctl = (args: readonly string[], signal: AbortSignal) =>
    runStep(run, 'systemctl', ['--user', ...args], signal);
  const hasManager = async (signal: AbortSignal): Promise<boolean> =>
    (await run('systemctl', ['--user', 'show-environment'], { signal })).code === 0;
  return {
    install: async (program, signal) => {
      const text = systemdUnit(program);
      if (!(await hasManager(signal))) throw noManager(program);
      writeDefinition(path, text);
      await systemctl(['daemon-reload'], signal);
      await systemctl(['enable', unit], signal);
      await systemctl(['restart', unit], signal);
      const note = 'It runs while you are logged in. To let it run always: loginctl enable-linger';
      return { definition: path, notes: [note] };
    },
    uninstall: async (signal) => {
      const managed = await hasManager(signal);
      if (managed && existsSync(path)) await systemctl(['disable', '--now', unit], signal);
      removeDefinition(join(folder, 'default.target.wants', unit));
      removeDefinition(path);
      if (managed) await systemctl(['daemon-reload'], signal);
    },
    state: async (signal): Promise<ServiceState> => {
      if (!existsSync(path)) return 'not-installed';
      const { code, stdout } = await run('systemctl', ['--user', 'show', '--property=ActiveState', unit], { signal });
      if (code !== 0) return 'unknown';
      // 'activating' is also what a service is in that waits to be started again.
      return /^ActiveState=(active|reloading)$/m.test(stdout) ? 'running' : 'stopped';
    },
  };
}

/** The unit's text. On SIGTERM the agent stops its jobs within 5 s; after 20 s systemd kills it. */
export function systemdUnit({ program, args, environment }: ServiceProgram): string {
  // systemd takes no program whose path has quotes or backslashes; `env` starts any.
  const [file, ...rest] = /["'\\]/.test(program) ? ['/usr/bin/env', program, ...args] : [program, ...args];
  const command = [quoted(file), ...rest.map((arg) => quoted(arg).replaceAll('$', '$$$$'))].join(' ');
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return `[Unit]
Description=Holdfast backup agent

[Service]
Type=exec
ExecStart=${command}
${variables.map((line) => `${line}\n`).join('')}Restart=on-failure
RestartSec=15
TimeoutStopSec=20
KillMode=mixed
UMask=0077

[Install]
WantedBy=default.target
`;
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '%': '%%', // specifiers
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
};

/** A word in double quotes, with C's escapes. Of arguments, `$` is doubled besides: not so of the program and of variables. */
function quoted(word: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(word)) {
    throw new HoldfastError('invalid-input', `${JSON.stringify(word)} cannot be part of a systemd unit.`, {
      hint: 'Install Holdfast in, and use, folders whose names have no control characters.',
    });
  }
  return `"${word.replace(/[\\"%\n\t\r]/g, (char) => escapes[char] ?? char)}"`;
}

function noManager({ program, args }: ServiceProgram): HoldfastError {
  const command = [program, ...args]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : shellQuoted(word)))
    .join(' ');
  return new HoldfastError('unsupported', 'This login has no systemd that services could be installed with.', {
    hint:
      'If this system has systemd: run "loginctl enable-linger" as this user, log in anew (not by su or sudo) and try again. ' +
      `Else let your system run this at login: ${command}`,
  });
}

function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
