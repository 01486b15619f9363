/**
 * What the agent says, in the language of the window. The agent speaks English; the catalogue of another language is loaded when
 * there is something to say in it.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { type Catalogue, type Translate, translator } from './translate.ts';

const files = import.meta.glob<Catalogue>('./*/*.json', { import: 'default' });

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
  const names = Object.keys(files).filter((name) => name.startsWith(`./${language}/`));
  if (names.length === 0 || loading.has(language)) return;
  loading.add(language);
  try {
    const catalogues = await Promise.all(names.map((name) => files[name]?.()));
    loaded.set(language, translator(Object.assign({}, ...catalogues)));
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
