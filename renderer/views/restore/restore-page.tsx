import { Button, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Search, Undo2 } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'wouter';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Page } from '../../components/page.tsx';
import { agentQuery } from '../../data/agent-call.ts';
import { BrowseBackups } from './browse-backups.tsx';
import { RestoreDialog, type RestoreOrder } from './restore-dialog.tsx';
import classes from './restore-page.module.css';
import type { Scope } from './scope.ts';
import { ScopeSelect } from './scope-select.tsx';
import { SearchResults } from './search-results.tsx';
import { VersionsDrawer } from './versions-drawer.tsx';

const typingMs = 250;

/** Search first: who has lost a file knows its name. Below it, all backups to look through. */
export function RestorePage({ scope }: { readonly scope: Scope }) {
  const { t } = useTranslation('restore');
  const plans = useQuery(agentQuery('plans', 'list'));
  const repositories = useQuery(agentQuery('repositories', 'list'));
  const [order, setOrder] = useState<RestoreOrder>();
  const [versionsOf, setVersionsOf] = useState<string>();
  const [text, setText, searched] = useSearchText();
  const inOrder = useMemo(() => {
    const plan = plans.data?.find((one) => scope.kind === 'plan' && one.plan.id === scope.id)?.plan;
    return plan?.repositories ?? repositories.data?.map(({ repository }) => repository.id) ?? [];
  }, [plans.data, repositories.data, scope]);
  const error = plans.error ?? repositories.error;
  if (error !== null)
    return (
      <Page title={t('title')}>
        <ErrorAlert error={error} />
      </Page>
    );
  if (plans.data === undefined || repositories.data === undefined) {
    return (
      <Page title={t('title')}>
        <Skeleton height={320} radius="lg" />
      </Page>
    );
  }
  if (plans.data.length === 0 && repositories.data.length === 0) return <NothingYet />;
  return (
    <Page title={t('title')} description={t('description')}>
      <search className={classes.search}>
        <TextInput
          className={classes.text}
          size="md"
          type="search"
          label={t('search.label')}
          placeholder={t('search.placeholder')}
          leftSection={<Search size={18} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
        <ScopeSelect scope={scope} plans={plans.data} repositories={repositories.data} />
      </search>
      {searched === '' ? (
        <BrowseBackups scope={scope} repositories={inOrder} onRestore={setOrder} onVersions={setVersionsOf} />
      ) : (
        <SearchResults
          scope={scope}
          text={searched}
          repositories={inOrder}
          onRestore={setOrder}
          onVersions={setVersionsOf}
          onBrowse={() => setText('')}
        />
      )}
      <VersionsDrawer
        path={versionsOf}
        scope={scope}
        repositories={inOrder}
        onClose={() => setVersionsOf(undefined)}
        onBrowse={() => setText('')}
        onRestore={(chosen) => {
          setVersionsOf(undefined);
          setOrder(chosen);
        }}
      />
      <RestoreDialog order={order} onClose={() => setOrder(undefined)} />
    </Page>
  );
}

/** What is typed, and what of it is searched for a moment later; kept in the address. */
function useSearchText(): [string, (text: string) => void, string] {
  const [params, setParams] = useSearchParams();
  const kept = params.get('find') ?? '';
  const [text, setText] = useState(kept);
  const [settled] = useDebouncedValue(text, typingMs);
  useEffect(() => {
    const wanted = settled.trim();
    setParams(
      (now) => {
        if (wanted === '') now.delete('find');
        else now.set('find', wanted);
        return now;
      },
      { replace: true },
    );
  }, [settled, setParams]);
  return [text, setText, text.trim() === '' ? '' : settled.trim()];
}

function NothingYet() {
  const { t } = useTranslation('restore');
  return (
    <Page title={t('title')}>
      <EmptyState
        icon={Undo2}
        title={t('nothing.title')}
        action={
          <Button component={Link} href="/start" size="md" mt="sm">
            {t('nothing.start')}
          </Button>
        }
      >
        {t('nothing.text')}
      </EmptyState>
    </Page>
  );
}
