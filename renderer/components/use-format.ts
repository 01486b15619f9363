/** The formats of i18n/format.ts in the language that is shown. */
import { useTranslation } from 'react-i18next';
import { formatBytes, formatCount, formatDuration, formatPercent, formatRelative, formatTime } from '../i18n/format.ts';

export function useFormat() {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return {
    language,
    bytes: (bytes: number) => formatBytes(bytes, language),
    count: (count: number) => formatCount(count, language),
    percent: (share: number) => formatPercent(share, language),
    relative: (seconds: number) => formatRelative(seconds, language),
    duration: (seconds: number) => formatDuration(seconds, language),
    time: (time: string) => formatTime(time, language),
  };
}
