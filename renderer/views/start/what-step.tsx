import { Button, Checkbox, CloseButton, Group, Loader, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { FolderPlus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChoiceCard, ChoiceCards } from '../../components/choice-cards.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { FolderPicker, usePlaceWords } from '../../components/folder-picker.tsx';
import { PathText } from '../../components/path-text.tsx';
import { useFormat } from '../../components/use-format.ts';
import { agentQuery } from '../../data/agent-call.ts';
import { type Choices, excludesOf } from './choices.ts';
import type { StepProps } from './view.tsx';

/** What most people cannot replace. */
const usual = ['documents', 'pictures', 'desktop'];

export function WhatStep({ choices, onChange }: StepProps) {
  const { t } = useTranslation('start');
  const { data: folder, error } = useQuery(agentQuery('host', 'folder', {}));
  const placeWords = usePlaceWords();
  const [picking, setPicking] = useState(false);
  const { sources } = choices;
  const places = folder?.places.filter(({ kind }) => kind !== 'drive') ?? [];
  const home = places.find(({ kind }) => kind === 'home')?.path;
  const others = sources.filter((path) => !places.some((place) => place.path === path));
  useUsualSources(choices, places, onChange);
  const toggle = (path: string, isOn: boolean) =>
    onChange({
      sources: isOn ? [...sources.filter((one) => one !== path), path] : sources.filter((one) => one !== path),
    });
  return (
    <Stack>
      <Title order={2}>{t('what.title')}</Title>
      {error !== null && <ErrorAlert error={error} />}
      {folder === undefined && error === null && <Skeleton height={140} />}
      <ChoiceCards cardWidth={260}>
        {places.map((place) => (
          <ChoiceCard
            key={place.path}
            type="checkbox"
            label={place.kind === 'home' ? t('what.home') : placeWords(place)}
            description={<PathText path={place.path} />}
            checked={sources.includes(place.path)}
            disabled={place.path !== home && home !== undefined && sources.includes(home)}
            onChange={(isOn) => toggle(place.path, isOn)}
          />
        ))}
      </ChoiceCards>
      {others.map((path) => (
        <Group key={path} gap="xs">
          <PathText path={path} />
          <CloseButton size="sm" aria-label={t('what.remove', { path })} onClick={() => toggle(path, false)} />
        </Group>
      ))}
      <Group>
        <Button variant="default" leftSection={<FolderPlus size={16} aria-hidden />} onClick={() => setPicking(true)}>
          {t('what.add')}
        </Button>
      </Group>
      <FolderPicker
        opened={picking}
        onClose={() => setPicking(false)}
        title={t('what.add')}
        onChoose={(path) => toggle(path, true)}
      />
      <Checkbox
        label={t('what.leaveOut')}
        description={t('what.leaveOutHow')}
        checked={choices.leaveOut}
        onChange={(event) => onChange({ leaveOut: event.currentTarget.checked })}
      />
      <Effect choices={choices} />
    </Stack>
  );
}

/** Chooses the usual folders once; the home where there are none. */
function useUsualSources(
  { sources }: Choices,
  places: readonly { readonly kind: string; readonly path: string }[],
  onChange: StepProps['onChange'],
): void {
  const [isDone, setDone] = useState(sources.length > 0);
  useEffect(() => {
    if (isDone || places.length === 0) return;
    setDone(true);
    const found = places.filter(({ kind }) => usual.includes(kind));
    const chosen = found.length > 0 ? found : places.slice(0, 1);
    onChange({ sources: chosen.map(({ path }) => path) });
  }, [isDone, places, onChange]);
}

/** How much that is. */
function Effect({ choices }: { readonly choices: Choices }) {
  const { t } = useTranslation('start');
  const format = useFormat();
  const [settled] = useDebouncedValue(choices, 300);
  const { data, error, isFetching } = useQuery({
    ...agentQuery('plans', 'effect', { body: { sources: [...settled.sources], excludes: excludesOf(settled) } }),
    enabled: settled.sources.length > 0,
    staleTime: 60_000,
  });
  if (choices.sources.length === 0) return <Text c="dimmed">{t('what.none')}</Text>;
  if (error !== null) return <ErrorAlert error={error} />;
  if (data === undefined || isFetching) {
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" />
        <Text c="dimmed">{t('what.counting')}</Text>
      </Group>
    );
  }
  const words = { count: data.files, files: format.count(data.files), size: format.bytes(data.bytes) };
  return (
    <Text role="status" fw={600}>
      {data.complete ? t('what.effect', words) : t('what.effectMore', words)}
    </Text>
  );
}
