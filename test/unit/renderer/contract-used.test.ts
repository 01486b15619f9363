/** What the agent can do, the window can: every method of the control contract has a use in it, or a listed reason why not. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../src/control/contract.ts';

const root = join(import.meta.dirname, '../../..');

/** Methods that are of no use in a page, and who calls them instead. */
const elsewhere: Readonly<Record<string, { readonly why: string; readonly caller: string }>> = {
  'agent.login': {
    why: 'logs a browser in: whoever opens the page has to call it before there is a page',
    caller: 'src/cli/commands/open.ts',
  },
  'agent.power': {
    why: 'what the desktop hears of suspend and battery, which no page hears',
    caller: 'electron/app/shell.ts',
  },
};

/** The methods that code calls: by a query, a mutation, or the client itself ("plans.list"). */
function calledIn(code: string): Set<string> {
  const withoutComments = code.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const calls = [
    /\b(?:agentQuery|useAgentMutation)\(\s*'(\w+)',\s*'(\w+)'/g,
    /\bclient\??\s*\.(\w+)\s*\.(\w+)(?:\.url)?\(/g,
  ];
  return new Set(
    calls.flatMap((call) => [...withoutComments.matchAll(call)].map(([, group, method]) => `${group}.${method}`)),
  );
}

function codeOf(folder: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .join('\n');
}

describe('the control contract in the window', () => {
  const used = calledIn(codeOf('renderer'));
  const methods = Object.entries(contract.groups).flatMap(([group, of]) =>
    Object.keys(of).map((method) => `${group}.${method}`),
  );

  it('is read out of code, not of comments', () => {
    const code = `
      // client.agent.stop({ signal });
      /** useAgentMutation('plans', 'run') */
      const query = { ...agentQuery(
        'jobs',
        'log', {}) };
      client.plans.export({ signal }); client.snapshots.download.url({});`;
    expect([...calledIn(code)].sort()).toEqual(['jobs.log', 'plans.export', 'snapshots.download']);
  });

  it('has a use for every method, but for those that are listed', () => {
    expect(methods.filter((method) => !used.has(method))).toEqual(Object.keys(elsewhere));
  });

  it.each(Object.entries(elsewhere))('%s is called elsewhere', (method, { caller }) => {
    expect([...calledIn(readFileSync(join(root, caller), 'utf8'))]).toContain(method);
  });
});
