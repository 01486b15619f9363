/** The texts of the window: every language has the same keys and the same placeholders, and none is missing or left over. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const renderer = join(import.meta.dirname, '../../../renderer');
const folder = join(renderer, 'i18n');
const namespaces = readdirSync(join(folder, 'en')).map((file) => basename(file, '.json'));

/** The texts of a file by their full key: "nav.home". */
function texts(language: string, namespace: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'string') found.set(path.join('.'), value);
    else for (const [key, inner] of Object.entries(value as object)) walk(inner, [...path, key]);
  };
  walk(JSON.parse(readFileSync(join(folder, language, `${namespace}.json`), 'utf8')), []);
  return found;
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name ?? '').sort();
}

function sources(at: string): string[] {
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
    const path = join(at, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [readFileSync(path, 'utf8')] : [];
  });
}

/**
 * The keys that the code names, as patterns: `t('a.b')`, `t('ns:a.b')`, and with parts that are known at run time only
 * (`t(`a.${b}`)`); a key may stand anywhere as a string, so every string that looks like one counts.
 */
function usedKeys(): (key: string) => boolean {
  const code = sources(renderer).join('\n');
  const exact = new Set(
    [...code.matchAll(/['"`](?:\w+:)?([A-Za-z][\w-]*(?:\.[\w-]+)*)['"`]/g)].map(([, key]) => key ?? ''),
  );
  const patterns = [...code.matchAll(/`(?:\w+:)?([A-Za-z][\w.-]*(?:\$\{[^}`]*\}[\w.-]*)+)`/g)].map(
    ([, key = '']) => new RegExp(`^${key.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[\\w-]+')}$`),
  );
  return (key) => exact.has(key) || patterns.some((pattern) => pattern.test(key));
}

describe('texts', () => {
  it('are in the same files in both languages', () => {
    expect(readdirSync(join(folder, 'de'))).toEqual(readdirSync(join(folder, 'en')));
    const listed = readFileSync(join(folder, 'texts.d.ts'), 'utf8');
    for (const namespace of namespaces) expect(listed).toContain(`  ${namespace}: typeof ${namespace};`);
  });

  it.each(namespaces)(
    '%s: German and English have the same keys, each with words and the same placeholders',
    (namespace) => {
      const en = texts('en', namespace);
      const de = texts('de', namespace);
      expect([...de.keys()].sort()).toEqual([...en.keys()].sort());
      for (const [key, text] of en) {
        expect(de.get(key)?.trim(), key).not.toBe('');
        expect(text.trim(), key).not.toBe('');
        expect(placeholders(de.get(key) ?? ''), key).toEqual(placeholders(text));
      }
    },
  );

  it.each(namespaces)('%s: every key is used', (namespace) => {
    const isUsed = usedKeys();
    const unused = [...texts('en', namespace).keys()].filter(
      (key) => !isUsed(key) && !isUsed(key.replace(/_(zero|one|two|few|many|other)$/, '')),
    );
    expect(unused).toEqual([]);
  });
});
