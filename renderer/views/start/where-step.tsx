import { Alert, Anchor, Button, Group, PasswordInput, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { FolderOpen, Info } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ChoiceCard } from '../../components/choice-cards.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { FolderPicker } from '../../components/folder-picker.tsx';
import { PathText } from '../../components/path-text.tsx';
import { useFormat } from '../../components/use-format.ts';
import { agentQuery } from '../../data/agent-call.ts';
import type { StepProps } from './view.tsx';

export function WhereStep({ choices, onChange }: StepProps) {
  const { t } = useTranslation('start');
  const { data: repositories, error } = useQuery(agentQuery('repositories', 'list'));
  const { where } = choices;
  const first = repositories?.[0]?.repository.id;
  useEffect(() => {
    if (where === undefined && first !== undefined) onChange({ where: { kind: 'repository', id: first } });
  }, [where, first, onChange]);
  return (
    <Stack role="radiogroup" aria-label={t('step.where')}>
      <Title order={2}>{t('where.title')}</Title>
      {error !== null && <ErrorAlert error={error} />}
      {repositories === undefined && error === null && <Skeleton height={80} />}
      {repositories?.map(({ repository: { id, name, location } }) => (
        <ChoiceCard
          key={id}
          type="radio"
          label={id === 'default' ? t('where.default') : name}
          description={<PathText path={location} />}
          checked={where?.kind === 'repository' && where.id === id}
          onChange={() => onChange({ where: { kind: 'repository', id } })}
        />
      ))}
      <ChoiceCard
        type="radio"
        label={t('where.folder')}
        description={t('where.folderHow')}
        checked={where?.kind === 'folder'}
        onChange={() => onChange({ where: { kind: 'folder', path: '', password: '' } })}
      />
      {where?.kind === 'folder' && <FolderPlace where={where} onChange={onChange} />}
      {where?.kind === 'repository' && where.id === 'default' && (
        <Alert color="blue" icon={<Info aria-hidden />}>
          {t('where.defaultAdvice')}
        </Alert>
      )}
      <Text size="sm" c="dimmed">
        {t('where.network')}{' '}
        <Anchor component={Link} href="/repositories">
          {t('where.networkLink')}
        </Anchor>
      </Text>
    </Stack>
  );
}

interface FolderPlaceProps {
  readonly where: { readonly kind: 'folder'; readonly path: string; readonly password: string };
  readonly onChange: StepProps['onChange'];
}

/** The folder, what lies there, and the password of a repository that lies there. */
function FolderPlace({ where, onChange }: FolderPlaceProps) {
  const { t } = useTranslation('start');
  const format = useFormat();
  const [picking, setPicking] = useState(where.path === '');
  const { data: found, error } = useQuery({
    ...agentQuery('repositories', 'test', { body: { location: where.path } }),
    enabled: where.path !== '',
    staleTime: 0,
  });
  return (
    <Stack gap="sm" pl="md">
      <Group gap="sm">
        <Button variant="default" leftSection={<FolderOpen size={16} aria-hidden />} onClick={() => setPicking(true)}>
          {t('where.choose')}
        </Button>
        {where.path !== '' && <PathText path={where.path} />}
      </Group>
      <FolderPicker
        opened={picking}
        onClose={() => setPicking(false)}
        title={t('where.choose')}
        onChoose={(path) => onChange({ where: { ...where, path } })}
      />
      {error !== null && <ErrorAlert error={error} />}
      {found !== undefined && (
        <Text size="sm" c="dimmed" role="status">
          {found.state === 'empty' ? t('where.new') : t('where.there')}
          {found.freeBytes !== undefined && ` ${t('where.free', { size: format.bytes(found.freeBytes) })}`}
        </Text>
      )}
      {found?.state === 'password-needed' && (
        <PasswordInput
          label={t('where.password')}
          value={where.password}
          maw={360}
          onChange={(event) => onChange({ where: { ...where, password: event.currentTarget.value } })}
        />
      )}
    </Stack>
  );
}
