import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { LockOpen, ScanSearch, Scissors } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Section } from '../../../components/section.tsx';
import { useFormat } from '../../../components/use-format.ts';
import { useAgentMutation } from '../../../data/agent-call.ts';
import type { RepositoryView } from '../repository-list.tsx';

const shares = [0, 5, 25, 100] as const;

/** Check, free space, unlock: now. */
export function Care({ view }: { readonly view: RepositoryView }) {
  const { t } = useTranslation('repositories');
  return (
    <Section title={t('care.title')} description={t('care.description')}>
      <Check id={view.repository.id} />
      <Prune view={view} />
      <Unlock id={view.repository.id} />
    </Section>
  );
}

function Check({ id }: { readonly id: string }) {
  const { t } = useTranslation('repositories');
  const format = useFormat();
  const [share, setShare] = useState('0');
  const check = useAgentMutation('repositories', 'check');
  return (
    <Stack gap="xs">
      <Group align="end" gap="sm">
        <Select
          label={t('care.share')}
          description={t('care.shareHow')}
          w={260}
          allowDeselect={false}
          data={shares.map((value) => ({
            value: String(value),
            label: value === 0 ? t('care.structure') : t('care.read', { share: format.percent(value / 100) }),
          }))}
          value={share}
          onChange={(value) => setShare(value ?? '0')}
        />
        <Button
          variant="light"
          leftSection={<ScanSearch size={16} aria-hidden />}
          loading={check.isPending}
          onClick={() => check.mutate({ params: { id }, body: { readDataPercent: Number(share) } })}
        >
          {t('care.check')}
        </Button>
      </Group>
      {check.error !== null && <ErrorAlert error={check.error} />}
    </Stack>
  );
}

function Prune({ view: { repository } }: { readonly view: RepositoryView }) {
  const { t } = useTranslation('repositories');
  const prune = useAgentMutation('repositories', 'prune');
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button
          variant="light"
          leftSection={<Scissors size={16} aria-hidden />}
          loading={prune.isPending}
          disabled={repository.appendOnly}
          onClick={() => prune.mutate({ params: { id: repository.id } })}
        >
          {t('care.prune')}
        </Button>
        <Text size="sm" c="dimmed" flex={1} miw={200}>
          {t(repository.appendOnly ? 'care.pruneNot' : 'care.pruneHow')}
        </Text>
      </Group>
      {prune.error !== null && <ErrorAlert error={prune.error} />}
    </Stack>
  );
}

function Unlock({ id }: { readonly id: string }) {
  const { t } = useTranslation('repositories');
  const [isAsking, setAsking] = useState(false);
  const unlock = useAgentMutation('repositories', 'unlock', {
    onSuccess: ({ removed }) => {
      setAsking(false);
      notifications.show({ message: t('unlock.removed', { count: removed }), color: 'tide' });
    },
  });
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button
          variant="light"
          leftSection={<LockOpen size={16} aria-hidden />}
          loading={unlock.isPending && !isAsking}
          onClick={() => unlock.mutate({ params: { id }, body: {} })}
        >
          {t('unlock.stale')}
        </Button>
        <Button variant="subtle" color="red" onClick={() => setAsking(true)}>
          {t('unlock.all')}
        </Button>
      </Group>
      {unlock.error !== null && !isAsking && <ErrorAlert error={unlock.error} />}
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={t('unlock.title')}
        confirmLabel={t('unlock.all')}
        destructive
        pending={unlock.isPending}
        error={unlock.error}
        onConfirm={() => unlock.mutate({ params: { id }, body: { all: true } })}
      >
        {t('unlock.text')}
      </ConfirmDialog>
    </Stack>
  );
}
