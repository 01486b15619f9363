/** The formats of i18n/format.ts in the language that is shown, as the region of the user has them. */
import { useTranslation } from 'react-i18next';
import { formatBytes, formatCount, formatDuration, formatPercent, formatRelative, formatTime } from '../i18n/format.ts';

export function useFormat() {
  const { i18n } = useTranslation();
  const language = regionalLanguage(i18n.language);
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

/** "en" is "en-GB" for a browser that prefers that: dates and times differ. */
export function regionalLanguage(language: string): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}
