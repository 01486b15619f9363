import { Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../data/apply-jobs.ts';
import { useSentence } from '../i18n/use-sentence.ts';
import { PathText } from './path-text.tsx';
import { useFormat } from './use-format.ts';

interface JobProgressProps {
  readonly job: JobView;
  /** With the file that it is at. */
  readonly detailed?: boolean;
}

/** How far a running job is: a bar, counts, speed and time left, as far as they are known. */
export function JobProgress({ job, detailed = false }: JobProgressProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const words = useProgressWords(job);
  const { progress = {} } = job;
  const share = shareOf(progress);
  return (
    <Stack gap={6}>
      <Progress.Root size="lg">
        <Progress.Section
          value={share === undefined ? 100 : Math.max(share * 100, 1)}
          animated={share === undefined}
          striped={share === undefined}
          aria-label={t('progress.label')}
          {...(share === undefined ? { withAria: false, role: 'progressbar' } : {})}
        />
      </Progress.Root>
      <Group justify="space-between" gap="xs" wrap="wrap">
        <Text size="sm" c="dimmed">
          {words.done}
        </Text>
        <Text size="sm" c="dimmed">
          {words.pace}
        </Text>
      </Group>
      {progress.waiting !== undefined && (
        <Text size="sm" role="status">
          {t('progress.waiting')} {sentence(progress.waiting.reason)}
        </Text>
      )}
      {detailed && progress.currentPath !== undefined && (
        <Text size="sm" c="dimmed" lineClamp={1}>
          <PathText path={progress.currentPath} />
        </Text>
      )}
    </Stack>
  );
}

function useProgressWords({ progress = {} }: JobView) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { phase, filesDone, filesTotal, bytesDone, bytesTotal, secondsLeft, bytesPerSecond } = progress;
  /** The agent says it in English; what is not known here is shown so. */
  const phaseWords = (text: string) => {
    const key = text.replaceAll(' ', '-');
    return i18n.exists(`phase.${key}`) ? t(`phase.${key as 'saving'}`) : text;
  };
  const done: string[] = [];
  const pace: string[] = [];
  if (phase !== undefined) done.push(phaseWords(phase));
  if (filesDone !== undefined) {
    const files = format.count(filesDone);
    if (filesTotal === undefined) done.push(t('progress.filesOnly', { done: files }));
    else done.push(t('progress.files', { done: files, total: format.count(filesTotal) }));
  }
  if (bytesDone !== undefined) {
    const bytes = format.bytes(bytesDone);
    if (bytesTotal === undefined) done.push(bytes);
    else done.push(t('progress.bytes', { done: bytes, total: format.bytes(bytesTotal) }));
  }
  if (bytesPerSecond !== undefined) pace.push(t('progress.speed', { size: format.bytes(bytesPerSecond) }));
  if (secondsLeft !== undefined) pace.push(t('progress.left', { time: format.duration(secondsLeft) }));
  return { done: done.join(' · '), pace: pace.join(' · ') };
}

/** 0 to 1; undefined while the whole is not known. */
function shareOf({ bytesDone, bytesTotal, filesDone, filesTotal }: NonNullable<JobView['progress']>) {
  if (bytesDone !== undefined && bytesTotal !== undefined && bytesTotal > 0) return Math.min(bytesDone / bytesTotal, 1);
  if (filesDone !== undefined && filesTotal !== undefined && filesTotal > 0) return Math.min(filesDone / filesTotal, 1);
  return undefined;
}
