/**
 * What the agent says, in the language of the window. The agent speaks English; the catalogue of another language is loaded when
 * there is something to say in it.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { type Catalogue, type Translate, translator } from '../../src/control/sentences/translate.ts';

const catalogues: Readonly<Record<string, () => Promise<Catalogue>>> = {
  de: async () => (await import('../../src/control/sentences/german.ts')).germanSentences,
};

const asItIs: Translate = (sentence) => sentence;
const loaded = new Map<string, Translate>();
const loading = new Set<string>();
const listeners = new Set<() => void>();

/** Until the catalogue is there, and for languages without one, sentences stay as they are. */
export function useSentence(): Translate {
  const { i18n } = useTranslation();
  const { language } = i18n;
  useEffect(() => {
    void load(language);
  }, [language]);
  return useSyncExternalStore(listen, () => loaded.get(language) ?? asItIs);
}

async function load(language: string): Promise<void> {
  const catalogue = catalogues[language];
  if (catalogue === undefined || loading.has(language)) return;
  loading.add(language);
  try {
    loaded.set(language, translator(await catalogue()));
    for (const listener of listeners) listener();
  } catch {
    // The agent is gone; the next one to ask tries again.
    loading.delete(language);
  }
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
