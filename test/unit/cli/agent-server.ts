/** A real control server of the agent's contract, with an agent.json that leads to it; behind it, answers in memory. */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createControlServer } from '../../../src/agent/control-server/control-server.ts';
import type { HandlersOf } from '../../../src/agent/control-server/mount.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { HoldfastError } from '../../../src/base/errors.ts';
import type { JobView } from '../../../src/cli/job-text.ts';
import { type Plan, planSchema } from '../../../src/config/plan.ts';
import { type RepositoryConfig, repositorySchema } from '../../../src/config/repository.ts';
import { contract } from '../../../src/control/contract.ts';
import { type EventsOf, methodsOf } from '../../../src/control/contract-types.ts';
import { Credentials } from '../../../src/http/credentials.ts';
import { EventHub } from '../../../src/http/event-stream.ts';
import { newAgentToken, removeAgentFile, writeAgentFile } from '../../../src/platform/agent-file.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';
import { environment } from './capture.ts';

type Handlers = HandlersOf<typeof contract>;
export type SomeHandlers = { readonly [G in keyof Handlers]?: Partial<Handlers[G]> };

/** What a verb asked for: the method, and its input as the server read it. */
export interface Asked {
  readonly method: string;
  readonly input: object;
}

const now = '2026-11-21T08:15:00.000Z';

/** Runs until disposed; as long, this process's profile is a temporary one. */
export async function agentServer(handlers: SomeHandlers = {}) {
  const folder = await temporaryFolder();
  const profile = profileIn(folder);
  const token = newAgentToken();
  const events = new EventHub<EventsOf<typeof contract>>({ clock: systemClock, batchMs: 1 });
  const asked: Asked[] = [];
  const state = { plans: [] as Plan[], repositories: [repositoryOf('default', 'This machine')], jobs: [] as JobView[] };
  const usual: SomeHandlers = {
    plans: {
      list: () => state.plans.map(planView),
      get: ({ params }) => planView(find(state.plans, params.id, 'plan')),
      create: ({ body }) => {
        const plan = planSchema.parse({ ...body, id: body.name.toLowerCase().replaceAll(/\W+/g, '-'), createdAt: now });
        state.plans.push(plan);
        return plan;
      },
      update: ({ params, body }) => planSchema.parse({ ...find(state.plans, params.id, 'plan'), ...body }),
    },
    repositories: {
      list: () =>
        state.repositories.map((repository) => ({
          repository,
          planIds: [],
          password: 'keychain' as const,
          credentials: [],
          warnings: [],
        })),
    },
    jobs: {
      list: () => state.jobs,
      get: ({ params }) => find(state.jobs, params.id, 'job'),
      related: ({ params: { id } }) => ({
        complete: true,
        jobs: state.jobs.filter(({ followsJob, retryOf }) => followsJob === id || retryOf === id),
      }),
    },
  };
  const server = createControlServer({
    contract,
    handlers: recorded(asked, usual, handlers),
    events,
    credentials: new Credentials({ token, clock: systemClock }),
    rendererFolder: '/nowhere',
    checkAnswers: true,
    report: (error) => {
      throw error;
    },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const agentFolder = join(folder.path, 'data', 'agent');
  writeAgentFile(agentFolder, { port, token, startedAt: now, version: '1.2.3' });
  return {
    asked,
    events,
    folder,
    state,
    port,
    token,
    /** As an agent that ended. */
    end: async () => {
      removeAgentFile(agentFolder);
      events.close();
      await server.close();
    },
    [Symbol.asyncDispose]: async () => {
      events.close();
      await server.close();
      profile[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** This process's data, configuration and caches, in that folder; no password of the developer's comes through. */
export function profileIn(folder: TemporaryFolder): Disposable {
  return environment({
    HOLDFAST_DATA_DIR: join(folder.path, 'data'),
    HOLDFAST_CONFIG_DIR: join(folder.path, 'config'),
    HOLDFAST_CACHE_DIR: join(folder.path, 'cache'),
    ...Object.fromEntries(
      ['HOLDFAST', 'RESTIC'].flatMap((program) =>
        ['PASSWORD', 'PASSWORD_FILE', 'PASSWORD_COMMAND'].map((name) => [`${program}_${name}`, undefined]),
      ),
    ),
  });
}

export function planView(plan: Plan) {
  return { plan, state: 'ok' as const, reasons: [], triggerText: `by ${plan.trigger.kind}` };
}

export function planOf(id: string, more: Partial<Plan> = {}): Plan {
  return planSchema.parse({
    id,
    name: id,
    createdAt: now,
    sources: ['/home/me'],
    trigger: { kind: 'manual' },
    repositories: ['default'],
    ...more,
  });
}

export function repositoryOf(id: string, name: string): RepositoryConfig {
  return repositorySchema.parse({ id, name, location: `/backup/${id}`, repositoryId: 'ab'.repeat(32), createdAt: now });
}

export function jobOf(id: string, more: Partial<JobView> = {}): JobView {
  return {
    id,
    kind: 'backup',
    state: 'queued',
    trigger: 'manual',
    repositoryIds: ['default'],
    input: {},
    attempt: 1,
    createdAt: now,
    ...more,
  };
}

function find<T extends { readonly id: string }>(items: readonly T[], id: string, noun: string): T {
  const found = items.find((item) => item.id === id);
  if (found === undefined) throw new HoldfastError('not-found', `There is no ${noun} ${id}.`);
  return found;
}

/** Every method of the contract: the test's handler, else the usual one, else one that fails. */
function recorded(asked: Asked[], usual: SomeHandlers, own: SomeHandlers): Handlers {
  const handlers: Record<string, Record<string, unknown>> = {};
  for (const { group, name } of methodsOf(contract)) {
    const handler: unknown =
      Reflect.get(own[group as keyof Handlers] ?? {}, name) ?? Reflect.get(usual[group as keyof Handlers] ?? {}, name);
    handlers[group] ??= {};
    handlers[group][name] = (input: object, context: object): unknown => {
      const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
      asked.push({ method: `${group}.${name}`, input: given });
      if (typeof handler !== 'function')
        throw new HoldfastError('unsupported', `${group}.${name} is not expected here.`);
      return handler(input, context);
    };
  }
  // The loop above went through the whole contract.
  return handlers as unknown as Handlers;
}
