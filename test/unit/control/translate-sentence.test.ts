/** Sentences of the agent by a catalogue of templates: which fits, what is translated in turn, what stays. */
import { describe, expect, it } from 'vitest';
import { translator } from '../../../src/control/sentences/translate.ts';

const translate = translator({
  'Nothing is left.': 'Nichts ist übrig.',
  'Cannot {0}: {1}': 'Nicht möglich, {0:words}: {1:words}',
  'Cannot {0}: it is there already': 'Nicht möglich, {0:words}: schon da',
  'write {0}': '{0} zu schreiben',
  'permission denied': 'keine Berechtigung',
  'There is no plan "{0}".': 'Den Plan „{0}“ gibt es nicht.',
  '{0} and {1}': '{0} und {1}',
  '{0} (disk {1})': 'Platte {1}: {0:known}',
  'The archive {0}{1}.': 'Das Archiv {0:words}{1:words}.',
  'is damaged': 'ist beschädigt',
  ', at {0}': ', bei {0}',
  'Both parts: {0}, {1}': '{1}, {0}',
  '{0} files': '{0:number} Dateien',
  'Only with {0}.': 'Nur mit {0:words}.',
  '{0} or {1}': '{0:quoted} oder {1:quoted}',
});

describe('translate', () => {
  it('puts parts where the other language has them', () => {
    expect(translate('Nothing is left.')).toBe('Nichts ist übrig.');
    expect(translate('There is no plan "Fotos".')).toBe('Den Plan „Fotos“ gibt es nicht.');
    expect(translate('Both parts: a, b')).toBe('b, a');
  });

  it('translates parts in turn where the catalogue says so, and leaves them as they are where they are not known', () => {
    expect(translate('Cannot write /a: permission denied')).toBe('Nicht möglich, /a zu schreiben: keine Berechtigung');
    expect(translate('Cannot juggle /a: ENOJUGGLE')).toBe('Nicht möglich, juggle /a: ENOJUGGLE');
    expect(translate('Cannot write /a: Cannot write /b: permission denied')).toBe(
      'Nicht möglich, /a zu schreiben: Nicht möglich, /b zu schreiben: keine Berechtigung',
    );
  });

  it('never translates data that look like words', () => {
    expect(translate('There is no plan "permission denied".')).toBe('Den Plan „permission denied“ gibt es nicht.');
    expect(translate('Cannot write permission denied: permission denied')).toBe(
      'Nicht möglich, permission denied zu schreiben: keine Berechtigung',
    );
  });

  it('takes the template that explains the most of the text', () => {
    expect(translate('Cannot write /a: it is there already')).toBe('Nicht möglich, /a zu schreiben: schon da');
  });

  it('leaves what it does not know as it is', () => {
    for (const text of ['', 'Nothing is left', 'nothing is left.', 'There is no plan', 'x'.repeat(100_000)]) {
      expect(translate(text)).toBe(text);
    }
  });

  it('takes templates with hardly any text for parts only, and those that want a known part only with it', () => {
    expect(translate('this and that')).toBe('this and that');
    expect(translate('Cannot salt and pepper: permission denied')).toBe(
      'Nicht möglich, salt und pepper: keine Berechtigung',
    );
    expect(translate('no reason (disk 7)')).toBe('no reason (disk 7)');
    expect(translate('permission denied (disk 7)')).toBe('Platte 7: keine Berechtigung');
    expect(translate('7 files')).toBe('7 Dateien');
    expect(translate('many files')).toBe('many files');
    expect(translate('Only with "a" or "b".')).toBe('Nur mit "a" oder "b".');
    expect(translate('Only with a or b.')).toBe('Nur mit a or b.');
  });

  it('parts what has nothing in between by what is known', () => {
    expect(translate('The archive is damaged.')).toBe('Das Archiv ist beschädigt.');
    expect(translate('The archive is damaged, at /a/b.')).toBe('Das Archiv ist beschädigt, bei /a/b.');
    expect(translate('The archive is odd, at /a.')).toBe('Das Archiv is odd, bei /a.');
    expect(translate('The archive is damaged, near /a.')).toBe('Das Archiv ist beschädigt, near /a.');
  });

  it('takes sentences that follow each other one by one, where it knows all of them', () => {
    expect(translate('Nothing is left. There is no plan "a". Nothing is left.')).toBe(
      'Nichts ist übrig. Den Plan „a“ gibt es nicht. Nichts ist übrig.',
    );
    expect(translate('The archive is damaged. Nothing is left.')).toBe('Das Archiv ist beschädigt. Nichts ist übrig.');
    expect(translate('Look. Nothing is left.')).toBe('Look. Nothing is left.');
    expect(translate('There is no plan "x. Nothing is left.".')).toBe('Den Plan „x. Nothing is left.“ gibt es nicht.');
  });

  it('takes patterns, markup and replacements in names for text', () => {
    for (const name of ['<b>$&</b>', '$1 {0}', '{0:words}', '(.*)\\', 'a\nb'])
      expect(translate(`There is no plan "${name}".`)).toBe(`Den Plan „${name}“ gibt es nicht.`);
  });

  it('has no trouble with long texts that nearly fit', () => {
    const text = `Cannot ${'write: '.repeat(280)}`;
    const begin = performance.now();
    translate(text);
    expect(performance.now() - begin).toBeLessThan(500);
  });
});
