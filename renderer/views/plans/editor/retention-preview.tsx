import { Badge, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Retention } from '../../../../src/config/retention.ts';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { useFormat } from '../../../components/use-format.ts';
import { agentQuery, type CallAnswer } from '../../../data/agent-call.ts';
import classes from './editor.module.css';

type PreviewView = CallAnswer<'plans', 'retentionPreview'>[number];

/** The plan's snapshots as they are now: which would stay and why, which would go. */
export function RetentionPreview({ planId, retention }: { readonly planId: string; readonly retention: Retention }) {
  const { t } = useTranslation('plans');
  const [settled] = useDebouncedValue(retention, 300);
  const { data, error, isFetching } = useQuery({
    ...agentQuery('plans', 'retentionPreview', { params: { id: planId }, body: { retention: settled } }),
    // Snapshots come and go.
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  });
  const { data: repositories = [] } = useQuery(agentQuery('repositories', 'list'));
  if (error !== null) return error.code === 'invalid-input' ? null : <ErrorAlert error={error} />;
  const nameOf = (id: string) => repositories.find(({ repository }) => repository.id === id)?.repository.name ?? id;
  return (
    <Stack component="section" gap="sm" aria-label={t('preview.title')}>
      <Group gap="sm">
        <Title order={3} size="h4">
          {t('preview.title')}
        </Title>
        {isFetching && <Loader size="xs" />}
      </Group>
      {data?.map((view) => (
        <OfRepository
          key={view.repositoryId}
          view={view}
          name={data.length > 1 ? nameOf(view.repositoryId) : undefined}
        />
      ))}
    </Stack>
  );
}

function OfRepository({
  view: { keep, remove },
  name,
}: {
  readonly view: PreviewView;
  readonly name: string | undefined;
}) {
  const { t } = useTranslation('plans');
  const format = useFormat();
  const rows = [
    ...keep.map((one) => ({ ...one, isKept: true })),
    ...remove.map((one) => ({ ...one, reasons: [], isKept: false })),
  ].toSorted((a, b) => (a.time < b.time ? 1 : -1));
  if (rows.length === 0) return <Text c="dimmed">{t('preview.empty')}</Text>;
  return (
    <Stack gap="xs">
      <Text role="status">
        {name !== undefined && <strong>{name}: </strong>}
        {t('preview.kept', { count: keep.length, kept: format.count(keep.length) })}{' '}
        {t('preview.removed', { count: remove.length, removed: format.count(remove.length) })}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must be scrolled by keys */}
      <ul className={classes.snapshots} tabIndex={0} aria-label={t('preview.list')}>
        {rows.slice(0, 500).map(({ id, time, isKept, reasons }) => (
          <li key={id} className={classes.snapshot} data-goes={isKept ? undefined : true}>
            <time dateTime={time}>{format.time(time)}</time>
            {isKept ? (
              reasons.map((reason) => (
                <Badge key={reason} variant="light" tt="none" color="tide">
                  <ReasonWords reason={reason} />
                </Badge>
              ))
            ) : (
              <Badge variant="light" tt="none" color="red">
                {t('preview.goes')}
              </Badge>
            )}
          </li>
        ))}
      </ul>
    </Stack>
  );
}

const reasonNames = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** The agent's reason, "oldest daily snapshot", in the language that is shown. */
function ReasonWords({ reason }: { readonly reason: string }) {
  const { t } = useTranslation('plans');
  const [, oldest, name] = /^(oldest )?(\w+) snapshot$/.exec(reason) ?? [];
  const rule = reasonNames.find((one) => one === name);
  if (rule !== undefined) return t(oldest === undefined ? `reason.${rule}` : 'reason.oldest');
  const age = /^within (.+)$/.exec(reason)?.[1];
  if (age !== undefined) return t('reason.within', { age });
  return reason === 'in the future' ? t('reason.future') : reason;
}
