/** The one sentence about everything: whether all is safe. Pure. */
import type { CallAnswer } from '../../data/agent-call.ts';

export type StatusView = CallAnswer<'agent', 'status'>;
export type PlanView = StatusView['plans'][number];

export interface Summary {
  /** The most pressing first. */
  readonly state: 'problem' | 'attention' | 'running' | 'paused' | 'never' | 'safe';
  /** Plans that are in it. */
  readonly count: number;
  /** ISO times of the newest good backup and proof of all plans. */
  readonly lastGoodAt: string | undefined;
  readonly lastProvenAt: string | undefined;
}

/** @param plans at least one */
export function summaryOf(plans: readonly PlanView[]): Summary {
  const among = (...states: PlanView['state'][]) => plans.filter(({ state }) => states.includes(state)).length;
  const never = plans.filter(({ lastGoodAt }) => lastGoodAt === undefined).length;
  const found = [
    { state: 'problem', count: among('failed') },
    { state: 'attention', count: among('held', 'overdue') },
    { state: 'running', count: among('running', 'queued') },
    { state: 'paused', count: among('paused') },
    { state: 'never', count: never },
  ] as const;
  const { state, count } = found.find((one) => one.count > 0) ?? { state: 'safe' as const, count: plans.length };
  return {
    state,
    count,
    lastGoodAt: newest(plans.map(({ lastGoodAt }) => lastGoodAt)),
    lastProvenAt: newest(plans.map(({ lastProvenAt }) => lastProvenAt)),
  };
}

/** ISO times in UTC sort as text. */
function newest(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
}

/** Those that want the user, the most pressing first. */
export function needAttention(plans: readonly PlanView[]): readonly PlanView[] {
  const order = ['failed', 'held', 'overdue'] as const;
  return order.flatMap((state) => plans.filter((plan) => plan.state === state));
}
