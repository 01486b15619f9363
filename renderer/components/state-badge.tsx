import { Badge } from '@mantine/core';
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleHelp,
  CirclePause,
  CircleSlash,
  CircleX,
  Clock,
  LoaderCircle,
  type LucideIcon,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallAnswer } from '../data/agent-call.ts';

export type PlanState = CallAnswer<'plans', 'get'>['state'];
export type JobState = CallAnswer<'jobs', 'get'>['state'];

export interface Look {
  readonly color: string;
  /** States differ by shape too, not by colour alone. */
  readonly Icon: LucideIcon;
}

const planLooks: Readonly<Record<PlanState, Look>> = {
  held: { color: 'orange', Icon: CircleHelp },
  failed: { color: 'red', Icon: CircleX },
  overdue: { color: 'orange', Icon: CircleAlert },
  running: { color: 'blue', Icon: LoaderCircle },
  queued: { color: 'blue', Icon: CircleDashed },
  waiting: { color: 'gray', Icon: Clock },
  paused: { color: 'gray', Icon: CirclePause },
  never: { color: 'gray', Icon: CircleDashed },
  ok: { color: 'tide', Icon: CircleCheck },
};

const jobLooks: Readonly<Record<JobState, Look>> = {
  queued: planLooks.queued,
  running: planLooks.running,
  done: planLooks.ok,
  failed: planLooks.failed,
  cancelled: { color: 'gray', Icon: CircleSlash },
  skipped: { color: 'orange', Icon: CircleAlert },
  interrupted: { color: 'orange', Icon: CircleX },
};

/** The state of a plan or a job, in words, colour and shape. */
export function StateBadge(props: { readonly plan: PlanState } | { readonly job: JobState }) {
  const { t } = useTranslation();
  if ('plan' in props) return <LookBadge {...planLooks[props.plan]} label={t(`planState.${props.plan}`)} />;
  return <LookBadge {...jobLooks[props.job]} label={t(`jobState.${props.job}`)} />;
}

/** A state in words, colour and shape. */
export function LookBadge({ color, Icon, label }: Look & { readonly label: string }) {
  return (
    <Badge variant="light" color={color} tt="none" fw={600} leftSection={<Icon size={14} aria-hidden />}>
      {label}
    </Badge>
  );
}
