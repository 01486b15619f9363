import { Checkbox, Input, NumberInput, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Retention } from '../../../../src/config/retention.ts';
import { usualRetention } from '../../../../src/control/usual-plan.ts';
import { Fields } from '../../../components/fields.tsx';
import { Section } from '../../../components/section.tsx';
import type { PartProps } from './draft.ts';
import { useFieldError } from './field-errors.tsx';
import { RetentionPreview } from './retention-preview.tsx';

const rules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
type Rule = (typeof rules)[number];

/** How many old versions are kept, and what that would do to those that there are. */
export function RetentionPart({ draft, onChange, planId }: PartProps & { readonly planId: string | undefined }) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const { retention, ...others } = draft;
  return (
    <Section title={t('retention.title')} description={t('retention.description')}>
      <Switch
        label={t('retention.on')}
        checked={retention !== undefined}
        onChange={(event) => onChange(event.currentTarget.checked ? { ...others, retention: usualRetention } : others)}
      />
      {retention !== undefined && (
        <>
          <Rules retention={retention} onChange={(next) => onChange({ ...others, retention: next })} />
          {errorAt('retention') !== undefined && <Input.Error role="alert">{errorAt('retention')}</Input.Error>}
          {planId !== undefined && <RetentionPreview planId={planId} retention={retention} />}
        </>
      )}
    </Section>
  );
}

interface RulesProps {
  readonly retention: Retention;
  readonly onChange: (retention: Retention) => void;
}

function Rules({ retention, onChange }: RulesProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const { within, ...counts } = retention;
  const set = (rule: Rule, value: number | 'unlimited' | undefined) => {
    const { [rule]: _, ...others } = retention;
    onChange(value === undefined ? others : { ...others, [rule]: value });
  };
  return (
    <>
      <Fields fieldWidth={130}>
        {rules.map((rule) => (
          <div key={rule}>
            <NumberInput
              label={t(`retention.${rule}`)}
              min={0}
              allowDecimal={false}
              allowNegative={false}
              placeholder={counts[rule] === 'unlimited' ? t('retention.all') : t('retention.none')}
              disabled={counts[rule] === 'unlimited'}
              value={typeof counts[rule] === 'number' ? counts[rule] : ''}
              onChange={(value) => set(rule, value === '' ? undefined : Number(value))}
            />
            <Checkbox
              size="xs"
              mt={6}
              label={t('retention.all')}
              aria-label={t('retention.allOf', { rule: t(`retention.${rule}`) })}
              checked={counts[rule] === 'unlimited'}
              onChange={(event) => set(rule, event.currentTarget.checked ? 'unlimited' : undefined)}
            />
          </div>
        ))}
      </Fields>
      <TextInput
        label={t('retention.within')}
        description={t('retention.withinHow')}
        placeholder="30d"
        maw={320}
        value={within ?? ''}
        error={errorAt('retention.within')}
        onChange={({ currentTarget: { value } }) => onChange(value === '' ? counts : { ...counts, within: value })}
      />
    </>
  );
}
