import { useTranslation } from 'react-i18next';
import type { Trigger } from '../../src/config/trigger.ts';
import { triggerWords } from '../i18n/trigger-words.ts';
import { regionalLanguage } from './use-format.ts';

/** A trigger in the words of the language that is shown. */
export function useTriggerWords(): (trigger: Trigger) => string {
  const { t, i18n } = useTranslation();
  return (trigger) => triggerWords(trigger, t, regionalLanguage(i18n.language));
}
