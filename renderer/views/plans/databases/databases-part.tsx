import { Button, CloseButton, Group, Input, Text, UnstyledButton } from '@mantine/core';
import { Database, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatabaseConfig } from '../../../../src/config/database.ts';
import { Section } from '../../../components/section.tsx';
import type { PartProps } from '../editor/draft.ts';
import classes from '../editor/editor.module.css';
import { useFieldError } from '../editor/field-errors.tsx';
import { DatabaseDialog } from './database-dialog.tsx';

const newDatabase: DatabaseConfig = { engine: 'postgresql', host: 'localhost', excludedTables: [] };

/** Databases that each run dumps anew. */
export function DatabasesPart({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  /** Its place in the list; one behind the last is a new one. */
  const [edited, setEdited] = useState<number>();
  const { databases } = draft;
  const set = (list: DatabaseConfig[]) => onChange({ ...draft, databases: list });
  const whole = databases.every((_, index) => errorAt(`databases.${index}`) === undefined)
    ? errorAt('databases')
    : undefined;
  return (
    <Section title={t('databases.title')} description={t('databases.description')}>
      <ul className={classes.items} aria-label={t('databases.title')}>
        {databases.map((database, index) => (
          <li key={nameOf(database)} className={classes.item}>
            <Database size={18} aria-hidden className={classes.icon} />
            <UnstyledButton className={classes.grow} onClick={() => setEdited(index)}>
              <Text fw={600}>{nameOf(database)}</Text>
              <Text size="sm" c="dimmed">
                {t(`engine.${database.engine}`)} · {database.socket ?? database.host}
              </Text>
              {errorAt(`databases.${index}`) !== undefined && (
                <Input.Error component="span">{errorAt(`databases.${index}`)}</Input.Error>
              )}
            </UnstyledButton>
            <CloseButton
              aria-label={t('databases.remove', { name: nameOf(database) })}
              onClick={() => set(databases.filter((_, at) => at !== index))}
            />
          </li>
        ))}
      </ul>
      {whole !== undefined && <Input.Error>{whole}</Input.Error>}
      <Group>
        <Button
          variant="light"
          leftSection={<Plus size={16} aria-hidden />}
          onClick={() => setEdited(databases.length)}
        >
          {t('databases.add')}
        </Button>
      </Group>
      {edited !== undefined && (
        <DatabaseDialog
          database={databases[edited] ?? newDatabase}
          onClose={() => setEdited(undefined)}
          onSave={(database) => {
            set(databases.toSpliced(edited, 1, database));
            setEdited(undefined);
          }}
        />
      )}
    </Section>
  );
}

function nameOf({ name, engine }: DatabaseConfig): string {
  return name ?? engine;
}
