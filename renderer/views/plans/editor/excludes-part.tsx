import { Checkbox, NumberInput, Stack, Text, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ChoiceCard, ChoiceCards } from '../../../components/choice-cards.tsx';
import { Section } from '../../../components/section.tsx';
import { useFormat } from '../../../components/use-format.ts';
import { type Draft, type PartProps, presetNames } from './draft.ts';
import classes from './editor.module.css';
import { Effect } from './effect.tsx';
import { useFieldError } from './field-errors.tsx';
import { usePresetEffects } from './use-effect-of.ts';
import { useLinesField } from './use-lines-field.ts';

const megabyte = 1024 * 1024;
const switches = ['nobackupMarker', 'caches', 'honourGitignoreFiles', 'oneFileSystem'] as const;

/** What is left out: presets with what each takes away, patterns, rules; and what remains. */
export function ExcludesPart({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const { excludes } = draft;
  const set = (change: Partial<Draft['excludes']>) => onChange({ ...draft, excludes: { ...excludes, ...change } });
  const patterns = useLinesField(excludes.patterns, (lines) => set({ patterns: lines }));
  return (
    <Section title={t('excludes.title')} description={t('excludes.description')}>
      <Presets draft={draft} onChange={onChange} />
      <Textarea
        label={t('excludes.patterns')}
        description={t('excludes.patternsHow')}
        placeholder={'*.iso\n/home/*/Downloads'}
        autosize
        minRows={2}
        maxRows={10}
        spellCheck={false}
        error={errorAt('excludes.patterns')}
        {...patterns}
      />
      <LargerThan draft={draft} onChange={onChange} />
      <Stack gap="xs">
        {switches.map((name) => (
          <Checkbox
            key={name}
            label={t(`excludes.${name}`)}
            checked={excludes[name]}
            onChange={(event) => set({ [name]: event.currentTarget.checked })}
          />
        ))}
      </Stack>
      <Effect draft={draft} />
    </Section>
  );
}

function Presets({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const { excludes } = draft;
  const effectOf = usePresetEffects(draft.sources);
  const toggle = (name: string, isOn: boolean) => {
    const others = excludes.presets.filter((one) => one !== name);
    onChange({ ...draft, excludes: { ...excludes, presets: isOn ? [...others, name] : others } });
  };
  return (
    <fieldset aria-label={t('excludes.presets')} className={classes.presets}>
      <ChoiceCards cardWidth={260}>
        {presetNames.map((name) => (
          <ChoiceCard
            key={name}
            type="checkbox"
            label={t(`preset.${name}.title`)}
            description={
              <>
                {t(`preset.${name}.text`)}
                <PresetEffect effect={effectOf?.(name)} />
              </>
            }
            checked={excludes.presets.includes(name)}
            onChange={(isOn) => toggle(name, isOn)}
          />
        ))}
      </ChoiceCards>
    </fieldset>
  );
}

function PresetEffect({ effect }: { readonly effect: { readonly items: number; readonly bytes: number } | undefined }) {
  const { t } = useTranslation('plans');
  const format = useFormat();
  if (effect === undefined) return null;
  const { items, bytes } = effect;
  return (
    <Text component="span" size="sm" fw={600} display="block" mt={4}>
      {items === 0
        ? t('effect.nothing')
        : t('effect.preset', { count: items, files: format.count(items), size: format.bytes(bytes) })}
    </Text>
  );
}

function LargerThan({ draft, onChange }: PartProps) {
  const { t } = useTranslation('plans');
  const errorAt = useFieldError();
  const { largerThanBytes, ...others } = draft.excludes;
  return (
    <NumberInput
      label={t('excludes.largerThan')}
      description={t('excludes.largerThanHow')}
      maw={240}
      min={1}
      allowNegative={false}
      suffix=" MiB"
      value={largerThanBytes === undefined ? '' : largerThanBytes / megabyte}
      error={errorAt('excludes.largerThanBytes')}
      onChange={(value) =>
        onChange({
          ...draft,
          excludes: value === '' ? others : { ...others, largerThanBytes: Math.round(Number(value) * megabyte) },
        })
      }
    />
  );
}
