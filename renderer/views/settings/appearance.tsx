import { Input, SegmentedControl, Select } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { appearances } from '../../app/kept-appearance.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Section } from '../../components/section.tsx';
import { languages } from '../../i18n/i18n.ts';
import { type SettingsView, useChangeSettings } from './use-settings.ts';

/** Colours and language; what is chosen is so at once. */
export function Appearance({ settings }: { readonly settings: SettingsView }) {
  const { t } = useTranslation('settings');
  const change = useChangeSettings();
  const id = useId();
  return (
    <Section title={t('appearance.title')}>
      <div>
        <Input.Label id={id}>{t('appearance.colors')}</Input.Label>
        <div>
          <SegmentedControl
            aria-labelledby={id}
            value={settings.appearance}
            onChange={(appearance) => change.mutate((now) => ({ ...now, appearance }))}
            data={appearances.map((value) => ({ value, label: t(`appearance.${value}`) }))}
          />
        </div>
      </div>
      <Select
        label={t('appearance.language')}
        maw={280}
        value={settings.language}
        allowDeselect={false}
        data={[
          { value: 'system', label: t('appearance.systemLanguage') },
          ...Object.entries(languages).map(([value, label]) => ({ value, label })),
        ]}
        onChange={(language) => language !== null && change.mutate((now) => ({ ...now, language }))}
      />
      {change.error !== null && <ErrorAlert error={change.error} />}
    </Section>
  );
}
