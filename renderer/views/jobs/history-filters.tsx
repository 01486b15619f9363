import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import { agentQuery } from '../../data/agent-call.ts';
import { filterNames, kinds, results } from './history-filter.ts';
import classes from './jobs.module.css';

type FilterName = (typeof filterNames)[number];

const typingMs = 250;
const subjects = ['plan', 'repository', 'remote'] as const;

/** Plan, kind, result, text: kept in the address, so that "back" brings them back. */
export function HistoryFilters() {
  const { t } = useTranslation(['jobs', 'common']);
  const [params, setParams] = useSearchParams();
  const set = (values: Partial<Record<FilterName, string | null>>) =>
    setParams(
      (now) => {
        for (const [name, value] of Object.entries(values)) {
          if (value === null || value === '') now.delete(name);
          else now.set(name, value);
        }
        return now;
      },
      { replace: true },
    );
  const [cleared, setCleared] = useState(0);
  const clear = () => {
    set(Object.fromEntries(filterNames.map((name) => [name, null])));
    // What was typed goes, too.
    setCleared(cleared + 1);
  };
  const isFiltered = filterNames.some((name) => params.has(name));
  return (
    <search className={classes.filters} aria-label={t('filter.label')}>
      <TextFilter key={cleared} initial={params.get('find') ?? ''} onText={(find) => set({ find })} />
      <SubjectFilter params={params} onChange={set} />
      <Select
        label={t('filter.kind')}
        placeholder={t('filter.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('filter.clear') }}
        data={kinds.map((kind) => ({ value: kind, label: t(`common:jobKind.${kind}`) }))}
        value={params.get('kind')}
        onChange={(kind) => set({ kind })}
      />
      <Select
        label={t('filter.result')}
        placeholder={t('filter.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('filter.clear') }}
        data={results.map((state) => ({ value: state, label: t(`common:jobState.${state}`) }))}
        value={params.get('result')}
        onChange={(result) => set({ result })}
      />
      {isFiltered && (
        <Button variant="subtle" onClick={clear}>
          {t('filter.none')}
        </Button>
      )}
    </search>
  );
}

interface SubjectFilterProps {
  readonly params: URLSearchParams;
  readonly onChange: (values: Partial<Record<FilterName, string | null>>) => void;
}

/** A plan, a repository or a remote: one choice, as a job is about one of them. */
function SubjectFilter({ params, onChange }: SubjectFilterProps) {
  const { t } = useTranslation('jobs');
  const { data: plans = [] } = useQuery(agentQuery('plans', 'list'));
  const { data: repositories = [] } = useQuery(agentQuery('repositories', 'list'));
  const { data: remotes = [] } = useQuery(agentQuery('remotes', 'list'));
  const named = {
    plan: plans.map(({ plan }) => plan),
    repository: repositories.map(({ repository }) => repository),
    remote: remotes.map(({ remote }) => remote),
  };
  const chosen = subjects.find((name) => params.has(name));
  return (
    <Select
      label={t('filter.subject')}
      placeholder={t('filter.any')}
      clearable
      searchable
      clearButtonProps={{ 'aria-label': t('filter.clear') }}
      data={subjects
        .filter((name) => named[name].length > 0)
        .map((name) => ({
          group: t(`filter.${name}`),
          items: named[name].map((one) => ({ value: `${name}:${one.id}`, label: one.name })),
        }))}
      value={chosen === undefined ? null : `${chosen}:${params.get(chosen)}`}
      onChange={(value) => {
        const [name, id] = value?.split(/:(.*)/) ?? [];
        onChange(Object.fromEntries(subjects.map((subject) => [subject, subject === name ? (id ?? null) : null])));
      }}
    />
  );
}

function TextFilter({ initial, onText }: { readonly initial: string; readonly onText: (text: string) => void }) {
  const { t } = useTranslation('jobs');
  const [text, setText] = useState(initial);
  const tell = useDebouncedCallback(onText, typingMs);
  return (
    <TextInput
      className={classes.text}
      type="search"
      label={t('filter.text')}
      placeholder={t('filter.textPlaceholder')}
      leftSection={<Search size={16} aria-hidden />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value.trim());
      }}
    />
  );
}
