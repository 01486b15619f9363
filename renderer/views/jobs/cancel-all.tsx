import { Button, List, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { CircleSlash } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useFormat } from '../../components/use-format.ts';
import { useJobWords } from '../../components/use-job-words.ts';
import { useAgentMutation } from '../../data/agent-call.ts';
import type { JobView } from '../../data/apply-jobs.ts';

const mostNamed = 6;

/** Ends everything, after it has said what that is. */
export function CancelAll({ jobs }: { readonly jobs: readonly JobView[] }) {
  const { t } = useTranslation('jobs');
  const format = useFormat();
  const words = useJobWords();
  const [opened, dialog] = useDisclosure(false);
  const cancelAll = useAgentMutation('jobs', 'cancelAll', { onSuccess: dialog.close });
  const more = jobs.length - mostNamed;
  return (
    <>
      <Button variant="default" leftSection={<CircleSlash size={16} aria-hidden />} onClick={dialog.open}>
        {t('cancel.all')}
      </Button>
      <ConfirmDialog
        opened={opened}
        onClose={dialog.close}
        title={t('cancel.allTitle', { count: jobs.length, jobs: format.count(jobs.length) })}
        confirmLabel={t('cancel.all')}
        destructive
        onConfirm={() => cancelAll.mutate({})}
        pending={cancelAll.isPending}
        error={cancelAll.error}
      >
        <List>
          {jobs.slice(0, mostNamed).map((job) => (
            <List.Item key={job.id}>
              {words.kind(job)}: {words.subject(job)}
            </List.Item>
          ))}
        </List>
        {more > 0 && <Text>{t('cancel.more', { count: more, jobs: format.count(more) })}</Text>}
        <Text mt="xs">{t('cancel.allText')}</Text>
      </ConfirmDialog>
    </>
  );
}
