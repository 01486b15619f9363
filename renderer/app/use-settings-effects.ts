/** Shows the language and appearance that the agent's settings say. */
import { useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { agentQuery } from '../data/agent-call.ts';
import { changeLanguage } from '../i18n/i18n.ts';
import { colorSchemeOf } from './color-scheme.ts';
import { keepLanguage } from './kept-appearance.ts';

export function useSettingsEffects(): void {
  const { data: settings } = useQuery(agentQuery('settings', 'get'));
  // Holding transitions still would take a style element, which the pages' policy forbids.
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const language = settings?.language;
  const appearance = settings?.appearance;
  useEffect(() => {
    if (language === undefined) return;
    keepLanguage(language);
    void changeLanguage(language);
  }, [language]);
  useEffect(() => {
    if (appearance !== undefined) setColorScheme(colorSchemeOf(appearance));
  }, [appearance, setColorScheme]);
}
