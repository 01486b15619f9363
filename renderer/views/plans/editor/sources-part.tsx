import { Input, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Section } from '../../../components/section.tsx';
import type { PartProps } from './draft.ts';
import { useFieldError } from './field-errors.tsx';
import { PathList } from './path-list.tsx';

export function SourcesPart({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const own = draft.sources.some((_, index) => errorAt(`sources.${index}`) !== undefined);
  return (
    <Section title={t('sources.title')} description={t('sources.description')}>
      <Stack gap="sm">
        <PathList
          label={t('sources.title')}
          addLabel={t('sources.add')}
          paths={draft.sources}
          errorOf={(index) => errorAt(`sources.${index}`)}
          onChange={(sources) => onChange({ ...draft, sources })}
        />
        {!own && errorAt('sources') !== undefined && <Input.Error>{errorAt('sources')}</Input.Error>}
      </Stack>
    </Section>
  );
}
