/**
 * The plans in the configuration: made, changed, paused, deleted, exported, imported. What happens because of a change
 * (timers, watchers, jobs) is for those who listen to the configuration.
 */
import { fromUtf8 } from '../../base/byte-string.ts';
import type { Clock } from '../../base/clock.ts';
import { HoldfastError, isHoldfastError } from '../../base/errors.ts';
import type { Config } from '../../config/config-file.ts';
import { type Plan, type PlanInput, planInputSchema } from '../../config/plan.ts';
import { checkTrigger } from '../../jobs/schedule/next-time.ts';
import { newId } from '../new-id.ts';
import type { ConfigStore } from '../state/config-store.ts';
import { makePause, type PauseLength } from './pause.ts';
import { selectorOf } from './plan-excludes.ts';

/** Plans without what belongs to this profile alone: no ids, no secrets. */
export interface ExportedPlans {
  readonly version: 1;
  readonly plans: readonly PlanInput[];
}

export class PlanService {
  readonly #store: ConfigStore;
  readonly #clock: Clock;

  constructor(options: { readonly store: ConfigStore; readonly clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  get all(): readonly Plan[] {
    return this.#store.config.plans;
  }

  /** @throws `not-found` */
  get(id: string): Plan {
    return this.all.find((plan) => plan.id === id) ?? missing(id);
  }

  /** @throws `invalid-input` naming the field; `not-found` for a repository that is not there */
  create(input: PlanInput): Promise<Plan> {
    this.#check(input);
    return this.#store.update((draft) => this.#add(draft, input));
  }

  /**
   * Pauses stay.
   *
   * @param revision of the plan that the change was made from
   * @throws as `create`, `not-found`; `conflict` where it is of another revision by now
   */
  update(id: string, input: PlanInput, revision?: number): Promise<Plan> {
    this.#check(input);
    return this.#change(id, ({ createdAt, paused, revision: now, name }) => {
      if (revision !== undefined && revision !== now) {
        throw new HoldfastError('conflict', `The plan "${name}" was changed meanwhile.`, {
          hint: 'Look at it as it is now, and change that.',
          context: { planId: id, revision: now },
        });
      }
      return { ...input, id, createdAt, revision: now, ...(paused === undefined ? {} : { paused }) };
    });
  }

  /** Its snapshots stay. @throws `not-found` */
  async remove(id: string): Promise<void> {
    this.get(id);
    await this.#store.update((draft) => {
      draft.plans = draft.plans.filter((plan) => plan.id !== id);
    });
  }

  pause(id: string, length: PauseLength): Promise<Plan> {
    const paused = makePause(length, this.#clock.now());
    return this.#change(id, (plan) => ({ ...plan, paused }));
  }

  pauseAll(length: PauseLength): Promise<void> {
    const paused = makePause(length, this.#clock.now());
    return this.#store.update((draft) => {
      draft.plans = draft.plans.map((plan) => ({ ...plan, paused }));
    });
  }

  resume(id: string): Promise<Plan> {
    return this.#change(id, withoutPause);
  }

  resumeAll(): Promise<void> {
    return this.#store.update((draft) => {
      draft.plans = draft.plans.map(withoutPause);
    });
  }

  export(): ExportedPlans {
    const plans = this.all.map(
      ({ id: _id, createdAt: _createdAt, paused: _paused, revision: _revision, ...input }) => input,
    );
    return { version: 1, plans };
  }

  /** All of them or none. @throws as `create` */
  import({ plans }: ExportedPlans): Promise<Plan[]> {
    for (const plan of plans) this.#check(plan);
    return this.#store.update((draft) => plans.map((plan) => this.#add(draft, plan)));
  }

  #add(draft: Config, input: PlanInput): Plan {
    const id = newId(
      input.name,
      draft.plans.map((plan) => plan.id),
    );
    const plan: Plan = { ...planInputSchema.parse(input), id, createdAt: this.#clock.now().toISOString(), revision: 0 };
    draft.plans.push(plan);
    return plan;
  }

  async #change(id: string, change: (plan: Plan) => Plan): Promise<Plan> {
    this.get(id);
    return this.#store.update(({ plans }) => {
      const at = plans.findIndex((plan) => plan.id === id);
      const before = plans[at] ?? missing(id);
      plans[at] = { ...change(before), revision: before.revision + 1 };
      return plans[at];
    });
  }

  /** What a schema cannot see. */
  #check({ repositories, trigger, drill, excludes, sources }: PlanInput): void {
    const now = this.#clock.now();
    const known = this.#store.config.repositories.map(({ id }) => id);
    const unknown = repositories.find((id) => !known.includes(id));
    if (unknown !== undefined) {
      throw new HoldfastError('not-found', `There is no repository "${unknown}".`, {
        hint: known.length === 0 ? 'Add a repository first.' : `There is: ${known.join(', ')}.`,
        fields: [{ path: 'repositories', message: `There is no repository "${unknown}"` }],
      });
    }
    if (trigger.kind !== 'continuous') inField('trigger', () => checkTrigger(trigger, now));
    if (drill !== undefined) inField('drill', () => checkTrigger(drill, now));
    inField('excludes', () => selectorOf(excludes)(sources.map(fromUtf8)));
  }
}

/** A fault of a field, with the field's name in it. */
function inField(path: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isHoldfastError(error, 'invalid-input')) throw error;
    const { code, message, hint, context } = error;
    const fields = [{ path, message }];
    throw new HoldfastError(code, message, { fields, context, cause: error, ...(hint === undefined ? {} : { hint }) });
  }
}

function withoutPause({ paused: _, ...plan }: Plan): Plan {
  return plan;
}

function missing(id: string): never {
  throw new HoldfastError('not-found', `There is no plan "${id}".`, {
    hint: '`holdfast plan list` shows those that there are.',
    context: { planId: id },
  });
}
