/** Row 24: with a keychain, without one, and with a wrong passphrase: clear errors, nothing written, no secret in plain text. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentProfile, agentProfile, type RunningAgent } from '../support/agent.ts';
import { repositoryState } from '../support/repository-files.ts';
import { runProcess } from '../support/run-process.ts';
import { requireTool } from '../support/tools.ts';
import { mustBeZero, skipRow, type TortureRow } from './row.ts';

const canary = 'canary-of-row-24';
const unlockAndRun =
  'printf passphrase | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$0" "$@"';

export const row: TortureRow = {
  row: 24,
  promise: 'Wrong password, no keychain: clear error, nothing written, no secret in plain text',
  async run({ log }) {
    if (requireTool('dbus-run-session') === undefined || requireTool('gnome-keyring-daemon') === undefined) {
      return skipRow('gnome-keyring or dbus is not installed');
    }
    const wrong: string[] = [];
    const plain: string[] = [];
    await withKeychain(wrong, plain, log);
    await withPassphrase(wrong, plain, log);
    return [mustBeZero('secret bytes on disk', plain), mustBeZero('errors that are not clear, or that wrote', wrong)];
  },
};

type Log = (message: string) => void;

async function withKeychain(wrong: string[], plain: string[], log: Log): Promise<void> {
  await using profile = await agentProfile();
  mkdirSync(join(profile.home, 'run'), { mode: 0o700 });
  const session = {
    env: { XDG_RUNTIME_DIR: join(profile.home, 'run') },
    before: ['dbus-run-session', '--', 'sh', '-c', unlockAndRun],
  };
  let agent = await profile.start(session);
  const plan = await planWithCanary(profile, agent);
  const job = await agent.run(plan);
  const place = await placeOf(agent);
  log(`keychain: ${place}, ${job.state}`);
  if (place !== 'keychain' || job.state !== 'done') wrong.push(`with a keychain: ${place}, ${job.state}`);
  await agent.end('SIGTERM');
  plain.push(...(await filesWith(profile)));
  agent = await profile.start(session);
  if ((await agent.run(plan)).state !== 'done') wrong.push('with a keychain, after a restart');
  await agent.end('SIGTERM');
  agent = await profile.start();
  await refuses('without the keychain', profile, agent, plan, wrong);
}

async function withPassphrase(wrong: string[], plain: string[], log: Log): Promise<void> {
  await using profile = await agentProfile();
  const start = (passphrase: string) => profile.start({ env: { HOLDFAST_PASSPHRASE: passphrase } });
  let agent = await start('the right one');
  const plan = await planWithCanary(profile, agent);
  const job = await agent.run(plan);
  const place = await placeOf(agent);
  log(`passphrase: ${place}, ${job.state}`);
  if (place !== 'encrypted-file' || job.state !== 'done') wrong.push(`with a passphrase: ${place}, ${job.state}`);
  plain.push(...(await filesWith(profile)));
  for (const other of ['a wrong one', '']) {
    await agent.end('SIGTERM');
    agent = await start(other);
    await refuses(`with the passphrase "${other}"`, profile, agent, plan, wrong);
    plain.push(...(await filesWith(profile)));
  }
  await agent.end('SIGTERM');
  agent = await start('the right one');
  const again = await agent.run(plan);
  if (again.state !== 'done') wrong.push(`with the right passphrase again: ${again.state} ${again.error?.message}`);
}

async function planWithCanary({ folder }: AgentProfile, agent: RunningAgent): Promise<string> {
  writeFileSync(folder.at('source'), 'something');
  const body = { name: 'Kept', location: folder.at('kept'), mode: 'create', password: canary } as const;
  const { repository } = await agent.client.repositories.add({ body, signal: agent.signal });
  return (await agent.addPlan({ sources: [folder.at('source')], repositories: [repository.id] })).id;
}

async function placeOf(agent: RunningAgent): Promise<string | undefined> {
  const all = await agent.client.repositories.list({ signal: agent.signal });
  return all.find(({ repository }) => repository.id === 'kept')?.password;
}

/** The job says that it is the password, and what to do; the repository is as it was. */
async function refuses(
  what: string,
  { folder }: AgentProfile,
  agent: RunningAgent,
  plan: string,
  wrong: string[],
): Promise<void> {
  const before = repositoryState(folder.at('kept')).join();
  const { state, error } = await agent.run(plan);
  if (state !== 'failed' || error?.code !== 'wrong-password' || error.hint === undefined) {
    wrong.push(`${what}: ${state} ${error?.code} ${error?.message}`);
  }
  if (repositoryState(folder.at('kept')).join() !== before) wrong.push(`${what}: the repository was written to`);
}

async function filesWith({ folder }: AgentProfile): Promise<string[]> {
  const { stdout } = await runProcess('grep', ['-rlaF', canary, folder.path]);
  return stdout.split('\n').filter((line) => line !== '');
}
