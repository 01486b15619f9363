import { ActionIcon, Anchor, Badge, CloseButton, Input, Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ArrowUp, HardDrive } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { PathText } from '../../../components/path-text.tsx';
import { Section } from '../../../components/section.tsx';
import { agentQuery } from '../../../data/agent-call.ts';
import type { PartProps } from './draft.ts';
import classes from './editor.module.css';
import { useFieldError } from './field-errors.tsx';

/** The first is written to, the others get copies. */
export function RepositoriesPart({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const { data = [], error } = useQuery(agentQuery('repositories', 'list'));
  const known = new Map(data.map(({ repository }) => [repository.id, repository]));
  const { repositories } = draft;
  const set = (ids: string[]) => onChange({ ...draft, repositories: ids });
  const nameOf = (id: string) => known.get(id)?.name ?? id;
  const others = data.filter(({ repository }) => !repositories.includes(repository.id));
  return (
    <Section title={t('repositories.title')} description={t('repositories.description')}>
      {error !== null && <ErrorAlert error={error} />}
      <ul className={classes.items} aria-label={t('repositories.title')}>
        {repositories.map((id, index) => (
          <li key={id} className={classes.item}>
            <HardDrive size={18} aria-hidden className={classes.icon} />
            <div className={classes.grow}>
              <Text fw={600}>{nameOf(id)}</Text>
              <Text size="sm" c="dimmed">
                <PathText path={known.get(id)?.location ?? ''} />
              </Text>
            </div>
            <Badge variant="light" tt="none" color={index === 0 ? 'tide' : 'gray'}>
              {t(index === 0 ? 'repositories.first' : 'repositories.copy')}
            </Badge>
            {index > 0 && (
              <ActionIcon
                variant="subtle"
                aria-label={t('repositories.makeFirst', { name: nameOf(id) })}
                onClick={() => set([id, ...repositories.filter((one) => one !== id)])}
              >
                <ArrowUp size={16} aria-hidden />
              </ActionIcon>
            )}
            <CloseButton
              aria-label={t('repositories.remove', { name: nameOf(id) })}
              onClick={() => set(repositories.filter((one) => one !== id))}
            />
          </li>
        ))}
      </ul>
      {errorAt('repositories') !== undefined && <Input.Error>{errorAt('repositories')}</Input.Error>}
      {others.length > 0 && (
        <Select
          label={t('repositories.add')}
          placeholder={t('repositories.choose')}
          maw={480}
          value={null}
          data={others.map(({ repository }) => ({ value: repository.id, label: repository.name }))}
          onChange={(id) => id !== null && set([...repositories, id])}
        />
      )}
      <Text size="sm">
        <Anchor component={Link} href="/repositories/new">
          {t('repositories.new')}
        </Anchor>
      </Text>
    </Section>
  );
}
