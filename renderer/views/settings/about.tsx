import { Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { RelativeTime } from '../../components/relative-time.tsx';
import { Section } from '../../components/section.tsx';
import { agentQuery, useAgentMutation } from '../../data/agent-call.ts';

/** What this is, and its end. */
export function About() {
  const { t } = useTranslation('settings');
  const { data: status } = useQuery(agentQuery('agent', 'status'));
  const [isEnding, ending] = useDisclosure(false);
  const stop = useAgentMutation('agent', 'stop', { onSuccess: ending.close });
  return (
    <Section title={t('about.title')}>
      <div>
        <Text fw={600}>{status?.version ?? 'holdfast'}</Text>
        {status !== undefined && (
          <Text c="dimmed" size="sm">
            {t('about.process', { pid: String(status.pid) })} <RelativeTime time={status.startedAt} />
          </Text>
        )}
        <Text c="dimmed" size="sm">
          {t('about.license')}
        </Text>
      </div>
      <Group>
        <Button size="xs" variant="default" onClick={ending.open}>
          {t('about.stop')}
        </Button>
      </Group>
      <ConfirmDialog
        opened={isEnding}
        onClose={ending.close}
        title={t('about.stopTitle')}
        confirmLabel={t('about.stop')}
        onConfirm={() => stop.mutate({})}
        pending={stop.isPending}
        error={stop.error}
        destructive
      >
        {t('about.stopText')}
      </ConfirmDialog>
    </Section>
  );
}
