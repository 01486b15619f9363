import { Button, Menu } from '@mantine/core';
import { ChevronDown, Pause, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useAgentMutation } from '../../data/agent-call.ts';
import type { PlanView } from './summary-of.ts';

const lengths = ['hour', 'tomorrow', 'resumed'] as const;

/** Pauses all plans, or ends all pauses. */
export function PauseMenu({ plans }: { readonly plans: readonly PlanView[] }) {
  const { t } = useTranslation('home');
  const pause = useAgentMutation('agent', 'pause');
  const resume = useAgentMutation('agent', 'resume');
  if (plans.every(({ plan }) => plan.paused !== undefined)) {
    return (
      <Button leftSection={<Play size={16} aria-hidden />} loading={resume.isPending} onClick={() => resume.mutate({})}>
        {t('pause.resume')}
      </Button>
    );
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          loading={pause.isPending}
          leftSection={<Pause size={16} aria-hidden />}
          rightSection={<ChevronDown size={14} aria-hidden />}
        >
          {t('pause.label')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {lengths.map((length) => (
          <Menu.Item key={length} onClick={() => pause.mutate({ body: { for: length } })}>
            {t(`pause.${length}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
