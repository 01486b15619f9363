/**
 * `agent.json`: where the running agent of a profile listens, and the token that its faces show. A private file
 * (private-file.ts), written when the agent listens and removed when it ends. It is no lock: that is single-instance.ts.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { isProcessAlive } from './host.ts';
import { readPrivateFile, removePrivateFile, writePrivateFile } from './private-file.ts';
import { processIdentity } from './process-identity.ts';

const agentSchema = z.object({
  port: z.int().min(1).max(65_535),
  pid: z.int().min(1),
  /** A secret. */
  token: z.string().min(32),
  /** ISO time. */
  startedAt: z.iso.datetime(),
  version: z.string(),
  /** Tells a process from a later one of the same number. */
  identity: z.string().optional(),
});

export type AgentInfo = Readonly<z.infer<typeof agentSchema>>;

/** `stale`: the agent that wrote it is gone, without having removed it. */
export type AgentFile = { readonly state: 'none' } | { readonly state: 'running' | 'stale'; readonly agent: AgentInfo };

/** 32 random bytes, in base64url. */
export function newAgentToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Says that this process is the profile's agent. The profile must be claimed. @throws HoldfastError */
export function writeAgentFile(
  folder: string,
  agent: Pick<AgentInfo, 'port' | 'token' | 'startedAt' | 'version'>,
): void {
  const identity = processIdentity(process.pid);
  const whole = { ...agent, pid: process.pid, ...(identity === undefined ? {} : { identity }) };
  writePrivateFile(agentPath(folder), `${JSON.stringify(whole, undefined, 2)}\n`);
}

/**
 * Who is there. A file that is not ours to understand is none.
 *
 * @throws `permission` if others can read it, or it is someone else's
 */
export function readAgentFile(folder: string): AgentFile {
  const bytes = readPrivateFile(agentPath(folder));
  const agent = bytes === undefined ? undefined : parseAgent(bytes.toString('utf8'));
  if (agent === undefined) return { state: 'none' };
  return { state: isRunning(agent) ? 'running' : 'stale', agent };
}

/** It is fine if there is none. */
export function removeAgentFile(folder: string): void {
  removePrivateFile(agentPath(folder));
}

function agentPath(folder: string): string {
  return join(folder, 'agent.json');
}

function parseAgent(text: string): AgentInfo | undefined {
  try {
    return agentSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function isRunning({ pid, identity }: AgentInfo): boolean {
  return isProcessAlive(pid) && (identity === undefined || processIdentity(pid) === identity);
}
