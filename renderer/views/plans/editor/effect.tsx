import { Group, Loader, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { useFormat } from '../../../components/use-format.ts';
import type { CallAnswer } from '../../../data/agent-call.ts';
import { type Draft, presetNames } from './draft.ts';
import classes from './editor.module.css';
import { useEffectOf } from './use-effect-of.ts';

type EffectView = CallAnswer<'plans', 'effect'>;

/** How much would be saved, and which rule leaves out how much. */
export function Effect({ draft }: { readonly draft: Draft }) {
  const { t } = useTranslation('plans');
  const format = useFormat();
  const { data, error, isCounting } = useEffectOf(draft);
  if (draft.sources.length === 0) return null;
  if (error !== null) return <ErrorAlert error={error} />;
  if (data === undefined) return <Counting />;
  const leftOut = data.excluded.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <Stack gap="xs">
      <Group gap="sm" role="status">
        <Text fw={600}>
          {t('effect.saved', { count: data.files, files: format.count(data.files), size: format.bytes(data.bytes) })}{' '}
          {leftOut > 0 && t('effect.leftOut', { size: format.bytes(leftOut) })}
        </Text>
        {isCounting && <Loader size="xs" />}
      </Group>
      {!data.complete && (
        <Text size="sm" c="dimmed">
          {t('effect.partial')}
        </Text>
      )}
      {data.excluded.length > 0 && <Rules excluded={data.excluded} />}
    </Stack>
  );
}

function Counting() {
  const { t } = useTranslation('plans');
  return (
    <Group gap="xs" role="status">
      <Loader size="xs" />
      <Text c="dimmed">{t('effect.counting')}</Text>
    </Group>
  );
}

function Rules({ excluded }: { readonly excluded: EffectView['excluded'] }) {
  const { t } = useTranslation('plans');
  const format = useFormat();
  const ruleWords = useRuleWords();
  return (
    <table className={classes.rules}>
      <thead>
        <tr>
          <th scope="col">{t('effect.rule')}</th>
          <th scope="col">{t('effect.files')}</th>
          <th scope="col">{t('effect.size')}</th>
        </tr>
      </thead>
      <tbody>
        {excluded.slice(0, 12).map(({ rule, items, bytes }) => (
          <tr key={rule}>
            <td>{ruleWords(rule)}</td>
            <td data-number>{format.count(items)}</td>
            <td data-number>{format.bytes(bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The agent's "preset: caches" in words. */
function useRuleWords(): (rule: string) => string {
  const { t } = useTranslation('plans');
  const format = useFormat();
  return (rule) => {
    const [, kind = '', value = ''] = /^([a-z-]+): (.*)$/s.exec(rule) ?? [];
    const preset = presetNames.find((name) => name === value);
    if (kind === 'preset' && preset !== undefined) return t(`preset.${preset}.title`);
    if (kind === 'larger-than') return t('effect.largerThan', { size: format.bytes(Number(value)) });
    if (kind === 'if-present') return t('effect.ifPresent', { file: value });
    if (kind === 'other-file-system') return t('effect.otherFileSystem', { path: value });
    return value === '' ? rule : value;
  };
}
