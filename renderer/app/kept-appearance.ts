/**
 * Language and appearance as they were last time, so that the first paint is right before the agent's settings are there.
 * The settings are the truth (app/use-settings-effects.ts); what a browser refuses to keep is simply not kept.
 */
export const appearances = ['system', 'light', 'dark'] as const;
export type Appearance = (typeof appearances)[number];

const languageKey = 'holdfast.language';
const appearanceKey = 'holdfast.appearance';

export function keptLanguage(): string {
  return read(languageKey) ?? 'system';
}

export function keptAppearance(): Appearance {
  const kept = read(appearanceKey);
  return appearances.find((one) => one === kept) ?? 'system';
}

export function keepLanguage(language: string): void {
  write(languageKey, language);
}

export function keepAppearance(appearance: Appearance): void {
  write(appearanceKey, appearance);
}

function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing.
  }
}
