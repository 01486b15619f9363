import { Badge, Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { HardDrive, Plus, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { Fact } from '../../components/facts.tsx';
import { Listing, ListingRow } from '../../components/listing.tsx';
import { Page } from '../../components/page.tsx';
import { PathText } from '../../components/path-text.tsx';
import { agentQuery, type CallAnswer } from '../../data/agent-call.ts';
import { useSentence } from '../../i18n/use-sentence.ts';
import { LastCheck } from './last-check.tsx';
import classes from './repositories.module.css';
import { usePlanNames } from './use-plan-names.ts';

export type RepositoryView = CallAnswer<'repositories', 'list'>[number];

/** Where backups are kept. */
export function RepositoryList() {
  const { t } = useTranslation('repositories');
  const { data: repositories, error } = useQuery(agentQuery('repositories', 'list'));
  const add = (
    <Button component={Link} href="/repositories/new" leftSection={<Plus size={16} aria-hidden />}>
      {t('add.title')}
    </Button>
  );
  return (
    <Page title={t('title')} actions={repositories !== undefined && repositories.length > 0 && add}>
      <Listing
        label={t('title')}
        items={repositories}
        error={error}
        empty={
          <EmptyState icon={HardDrive} title={t('empty.title')} action={add}>
            {t('empty.text')}
          </EmptyState>
        }
        row={(view) => <RepositoryRow key={view.repository.id} view={view} />}
      />
    </Page>
  );
}

function RepositoryRow({ view }: { readonly view: RepositoryView }) {
  const { t } = useTranslation('repositories');
  const { repository, planIds, warnings, password } = view;
  const names = usePlanNames(planIds);
  const sentence = useSentence();
  return (
    <ListingRow
      href={`/repositories/${repository.id}`}
      name={repository.name}
      description={
        <Text size="sm" c="dimmed" truncate>
          <PathText path={repository.location} />
        </Text>
      }
      note={
        warnings.length > 0 &&
        warnings.map((warning) => (
          <Text key={warning} size="sm" className={classes.warning}>
            <TriangleAlert size={14} aria-hidden /> {sentence(warning)}
          </Text>
        ))
      }
      state={
        <>
          {repository.appendOnly && (
            <Badge variant="light" tt="none" color="gray">
              {t('appendOnly')}
            </Badge>
          )}
          {password === 'none' && (
            <Badge variant="light" tt="none" color="red">
              {t('noPassword')}
            </Badge>
          )}
        </>
      }
      facts={
        <>
          <Fact label={t('facts.plans')}>{planIds.length === 0 ? t('fact.noPlans') : names}</Fact>
          <Fact label={t('facts.lastCheck')}>
            <LastCheck view={view} />
          </Fact>
        </>
      }
    />
  );
}
