import { Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Section } from '../../../components/section.tsx';
import { useFormat } from '../../../components/use-format.ts';
import { agentQuery } from '../../../data/agent-call.ts';
import { LineChart } from './line-chart.tsx';
import { savingsOf } from './savings.ts';

/** How large it is, and how much smaller than all its versions together, over time. */
export function Growth({ repositoryId }: { readonly repositoryId: string }) {
  const { t } = useTranslation('repositories');
  const format = useFormat();
  const { data: points, error } = useQuery(agentQuery('repositories', 'statistics', { params: { id: repositoryId } }));
  if (error !== null) return <ErrorAlert error={error} />;
  if (points === undefined) return <Skeleton height={260} radius="lg" />;
  const last = points.at(-1);
  const savings = savingsOf(points);
  const now = savings.at(-1);
  return (
    <Section title={t('growth.title')}>
      {last === undefined ? (
        <Text c="dimmed">{t('growth.none')}</Text>
      ) : (
        <>
          <Group gap="10px 32px">
            <Figure label={t('growth.takes')} value={format.bytes(last.packedBytes)} />
            <Figure label={t('growth.versions')} value={format.count(last.snapshots)} />
            {now !== undefined && (
              <>
                <Figure label={t('growth.hold')} value={format.bytes(now.heldBytes)} />
                <Figure label={t('growth.smaller')} value={`${timesText(now.times, format.language)}×`} />
              </>
            )}
          </Group>
          <Title order={3} size="h5">
            {t('growth.size')}
          </Title>
          <LineChart
            label={t('growth.size')}
            series={[
              {
                name: t('growth.packed'),
                tone: 'first',
                points: points.map(({ time, packedBytes }) => ({ time, value: packedBytes })),
              },
              {
                name: t('growth.plain'),
                tone: 'second',
                points: points.map(({ time, plainBytes }) => ({ time, value: plainBytes })),
              },
            ]}
            valueText={format.bytes}
          />
          <Title order={3} size="h5">
            {t('growth.deduplication')}
          </Title>
          {savings.length === 0 ? (
            <Text c="dimmed">{t('growth.notMeasured')}</Text>
          ) : (
            <>
              <LineChart
                label={t('growth.deduplication')}
                series={[
                  {
                    name: t('growth.smaller'),
                    tone: 'first',
                    points: savings.map(({ time, times }) => ({ time, value: times })),
                  },
                ]}
                valueText={(value) => `${timesText(value, format.language)}×`}
              />
              <Text size="sm" c="dimmed">
                {t('growth.how')}
              </Text>
            </>
          )}
        </>
      )}
    </Section>
  );
}

function Figure({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <Stack gap={0}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text fw={600} size="lg">
        {value}
      </Text>
    </Stack>
  );
}

function timesText(times: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: times < 10 ? 1 : 0 }).format(times);
}
