/**
 * Texts, by i18next: a file for each language and namespace (a view has a namespace of its own), loaded when it is first shown.
 * A new namespace is a file in en/ and de/, and a line in i18n/texts.d.ts.
 */
import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';

export const languages = { en: 'English', de: 'Deutsch' } as const;
type Language = keyof typeof languages;

const files = import.meta.glob<Record<string, unknown>>('./*/*.json', { import: 'default' });

const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: async (language, namespace) => (await files[`./${language}/${namespace}.json`]?.()) ?? {},
};

/** @param setting a tag of a language, or `system`: the browser's */
export async function startTexts(setting: string): Promise<void> {
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: languageOf(setting),
      supportedLngs: Object.keys(languages),
      fallbackLng: 'en',
      ns: ['common'],
      defaultNS: 'common',
      // React escapes by itself.
      interpolation: { escapeValue: false },
    });
  showLanguage();
}

/** Shows the language of that setting, if it is another one. */
export async function changeLanguage(setting: string): Promise<void> {
  const language = languageOf(setting);
  if (language === i18next.language) return;
  await i18next.changeLanguage(language);
  showLanguage();
}

function showLanguage(): void {
  document.documentElement.lang = i18next.language;
}

function languageOf(setting: string): Language {
  const wanted = setting === 'system' ? navigator.languages : [setting];
  const known = wanted.map((tag) => tag.split('-')[0] ?? '').find((tag) => Object.hasOwn(languages, tag));
  return known === undefined ? 'en' : (known as Language);
}
