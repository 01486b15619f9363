import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { CallAnswer } from '../../data/agent-call.ts';
import classes from './restore-page.module.css';
import { pathOf, type Scope } from './scope.ts';

interface ScopeSelectProps {
  readonly scope: Scope;
  readonly plans: CallAnswer<'plans', 'list'>;
  readonly repositories: CallAnswer<'repositories', 'list'>;
}

/** Whose backups are looked at. Choosing leaves what is searched for as it is. */
export function ScopeSelect({ scope, plans, repositories }: ScopeSelectProps) {
  const { t } = useTranslation('restore');
  const [, navigate] = useLocation();
  const all: Scope = { kind: 'all' };
  const planScopes = plans.map(({ plan }) => ({ value: pathOf({ kind: 'plan', id: plan.id }), label: plan.name }));
  const repositoryScopes = repositories.map(({ repository }) => ({
    value: pathOf({ kind: 'repository', id: repository.id }),
    label: repository.name,
  }));
  return (
    <Select
      className={classes.scope}
      size="md"
      label={t('scope.label')}
      allowDeselect={false}
      data={[
        { value: pathOf(all), label: t('scope.all') },
        { group: t('scope.plans'), items: planScopes },
        { group: t('scope.repositories'), items: repositoryScopes },
      ]}
      value={pathOf(scope)}
      onChange={(path) => path !== null && navigate(`${path}${findOf(location.search)}`)}
    />
  );
}

function findOf(search: string): string {
  const text = new URLSearchParams(search).get('find');
  return text === null ? '' : `?${new URLSearchParams({ find: text })}`;
}
