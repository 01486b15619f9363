/**
 * The German of the agent's sentences is complete: each template that test/support/sentence-templates.ts sees in the sources (its
 * header says what it does not see) has a translation, unless it is listed here as not shown in the window; and nothing is left over.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Catalogue, translator } from '../../../src/control/sentences/translate.ts';
import { filesBelow, sentenceTemplates } from '../../support/sentence-templates.ts';

const project = join(import.meta.dirname, '../../..');
const folder = join(project, 'src/control/sentences/de');

/** Whose words never reach the window, or reach it in words of its own (plans' times and presets, reasons of retention). */
const otherFiles = [
  'cli/',
  'kernels/',
  'server/',
  'agent/control-server/openapi.ts',
  'agent/repositories/emergency-kit.ts',
  'agent/runners/run-prune.ts',
  'agent/schedule/describe-trigger.ts',
  'agent/telling/telling-event.ts',
  'control/contract-types.ts',
  'format/unicode-print.ts',
  'http/plain-page.ts',
  'http/static-files.ts',
  'platform/network/',
  'platform/power/',
  'platform/service/',
  'repository/forget/policy.ts',
  'repository/query/dump/',
  'repository/repair/',
  'source/filesystem/presets.ts',
];

/** Lines of logs, phases (they have keys in common.json), descriptions for the API's document, mistakes in our own code. */
const skips = {
  calls: new Set(
    [
      'log',
      'note',
      'progress',
      'TypeError',
      'RangeError',
      'RegExp',
      'regex',
      'Script',
      'StateFile',
      'plainPage',
    ].concat(['errorResponse', 'header', 'writeHead', 'encode', 'join', 'parse', 'query']),
  ),
  properties: new Set(['about', 'description', 'patterns', 'phase', 'responses', 'summary']),
};

/** No words for the window. */
const notShown = [
  ' (SMTP status {0})',
  ' ({0} of them by an earlier run)',
  'A raw event of chokidar does not say what it is of.',
  'Bad Request',
  'Basic {0}',
  'Bearer {0}',
  'CACHEDIR.TAG:Signature: 8a477f597d28d172789f06886806bc55',
  'Cryptographic Forum Research Group',
  'Holdfast agent',
  'Job: {0}',
  'PRIVATE KEY',
  'Request Header Fields Too Large',
  'Request Timeout',
  "Start-Process -FilePath {0} -ErrorAction Stop; 'true'",
  'Time: {0}',
  'What jobs of remotes have begun',
  'another frame ',
  'content-length: {0}',
  'content-type: application/json; charset=utf-8',
  'cron {0} {1}',
  'date expired',
  "default-src 'none'; frame-ancestors 'none'",
  'dir {0}',
  'holdfast {0}',
  'holdfast-encrypted-secret ',
  'hour {0}',
  'in progress',
  'private, max-age=31536000, immutable',
  'symlink {0}',
  'to have',
  'week {0}',
  '{0} (errno {1})',
  '{0}={1}; HttpOnly; SameSite=Strict; Path=/',
];

/** "Cannot {0}: {1}" and its parts say them. */
const saidByOthers = ['Cannot {0} {1}', 'Cannot {0} {1}: {2}', 'Cannot {0}: {1} {2}', '{0} of {1}'];

const catalogues = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Catalogue);
const catalogue: Catalogue = Object.assign({}, ...catalogues);

const src = join(project, 'src');
const ofSources = sentenceTemplates(src, filesBelow(src, otherFiles), skips);
const ofZod = sentenceTemplates(join(project, 'node_modules/zod/v4/locales'), ['en.js'], skips);
const words = new Set([...ofSources.words, ...ofZod.words]);
const all = new Set([...ofSources.all, ...ofZod.all]);

/** A helper completes the phrase with a name: `errorAt('make the folder', path)`, `errnoError(errno, 'set the times', path)`. */
const completed = (template: string) => [
  template,
  template.replace(/ \{\d\}$/, ''),
  template.replace(/ of \{\d\}$/, ''),
];
const known = new Set(Object.keys(catalogue).flatMap(completed));

/** Zod's names of types stand in its code, not in its texts. */
const typesOfZod = new Set(['string', 'number', 'int', 'boolean', 'array', 'object', 'record', 'undefined']);

describe('the German of sentences', () => {
  it('sees the sentences of the sources', () => {
    expect(ofSources.words.size).toBeGreaterThan(1000);
    expect(words).toContain('Cannot {0}: {1}');
    expect(words).toContain('no space is left on the disk');
    expect(words).toContain('Invalid input: expected {0}, received {1}');
  });

  it('has each of them', () => {
    const left = new Set([...notShown, ...saidByOthers]);
    expect([...words].filter((template) => !known.has(template) && !left.has(template))).toEqual([]);
  });

  it('has none that the sources do not have any more', () => {
    const isThere = (template: string) => completed(template).some((one) => all.has(one)) || typesOfZod.has(template);
    expect(Object.keys(catalogue).filter((template) => !isThere(template))).toEqual([]);
    expect([...notShown, ...saidByOthers].filter((template) => !words.has(template))).toEqual([]);
  });

  it('has each once, with the same parts as the English one', () => {
    expect(Object.keys(catalogue)).toHaveLength(catalogues.reduce((sum, one) => sum + Object.keys(one).length, 0));
    for (const [template, translation] of Object.entries(catalogue)) {
      expect(translation.trim(), template).not.toBe('');
      expect(partsOf(translation), template).toEqual(partsOf(template));
      expect(
        translation.replaceAll(/\{\d+(:words|:known|:number|:quoted|:word|:capitals)?\}/g, ''),
        template,
      ).not.toMatch(/[{}]/);
    }
  });

  it('finds for each sentence its own translation', () => {
    const translate = translator(catalogue);
    const wrong = Object.entries(catalogue).flatMap(([template, translation]) => {
      if (!/^["\p{Lu}]|[.]$/u.test(template) || translation.includes(':known}')) return [];
      const part = (number: string, kind = '') => samples[kind.slice(1)] ?? `x${number}y`;
      const filled = (text: string) =>
        text.replaceAll(/\{(\d+)(:\w+)?\}/g, (_, number: string) => part(number, kindOf(translation, number)));
      const found = translate(filled(template));
      return found === filled(translation) ? [] : [`${filled(template)} → ${found}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each(
    Object.entries({
      'Cannot write /repo/data/ab: permission denied':
        'Es ist nicht möglich, /repo/data/ab zu schreiben: keine Berechtigung',
      'Cannot list the folder /home/me: it does not exist':
        'Es ist nicht möglich, den Ordner /home/me aufzulisten: das gibt es nicht',
      'Cannot list the extended attributes of /home/me: permission denied':
        'Es ist nicht möglich, die erweiterten Attribute von /home/me aufzulisten: keine Berechtigung',
      'The backup of "Fotos" failed: The source /a is missing. Nothing was backed up.':
        'Die Sicherung von „Fotos“ ist fehlgeschlagen: Die Quelle /a fehlt. Es wurde nichts gesichert.',
      'The answer of h.example to GET /x (status 401): it does not accept the credential. It says: "no"':
        'Die Antwort von h.example auf GET /x (Status 401): der Schlüssel wird nicht angenommen. Darin steht: "no"',
      '"sources.0" cannot be used: at least one file, folder or database (and 2 more)':
        '"sources.0" kann nicht verwendet werden: mindestens eine Datei, ein Ordner oder eine Datenbank (und 2 weitere)',
      'The input cannot be used: Invalid input: expected string, received undefined':
        'Die Eingabe kann nicht verwendet werden: Ungültige Eingabe: erwartet Text, erhalten nichts',
      'Too small: expected string to have >=1 characters': 'Zu wenig: Text muss >=1 Zeichen haben',
      'This computer is on the Wi-Fi "Café or bar", and it only runs on "Home" or "Work".':
        'Dieser Computer ist im WLAN „Café or bar“, und gesichert wird nur in "Home" oder "Work".',
      'The repository is exclusively locked by process 7 of an unknown user on nas since 2026-01-01.':
        'Der Speicher ist ausschließlich gesperrt, von Prozess 7 von einem unbekannten Benutzer auf nas, seit 2026-01-01.',
      'The server nas, port 2222 does not let "me" in: it refused the password.':
        'Der Server nas, Port 2222 lässt „me“ nicht herein: abgewiesen wurden: das Passwort.',
      'The after-hook "x" could not be started: There is no program "x". Name a program.':
        'Das Programm „x“ (nachher) konnte nicht gestartet werden: Das Programm „x“ gibt es nicht. Nennen Sie ein Programm.',
      '/a.json is damaged (Unexpected token). It was set aside as /a.json.1. Its last good copy is used instead.':
        '/a.json ist beschädigt (Unexpected token). Die Datei wurde beiseitegelegt als /a.json.1. Stattdessen wird die letzte gute Kopie benutzt.',
      'pg_dump: the server refuses the user or the password: FATAL: no':
        'pg_dump: der Server weist Benutzer oder Passwort zurück: FATAL: no',
      'mariadb-dump ended with exit code 2: mariadb-dump: Got error: 2002: no socket':
        'mariadb-dump endete mit dem Exit-Code 2: mariadb-dump: Got error: 2002: no socket',
    }),
  )('%s', (english, german) => {
    expect(translator(catalogue)(english)).toBe(german);
  });

  it('takes no time for what others say, however many colons, sentences and quotation marks are in it', () => {
    const refused =
      'connection to server at "localhost" (127.0.0.1), port 5432 failed: FATAL: no password for user "me"';
    const said = [
      `pg_dump ended with exit code 1: ${`pg_dump: error: ${refused}\n`.repeat(3)}`,
      ...['Cannot write a: ', 'a: ', '. ', 'Try again. ', '"a" ', 'a, b (c) at d '].flatMap((piece) => {
        const text = piece.repeat(1000 / piece.length - 30 / piece.length);
        return [text, `The archive ${text}.`, `${text} cannot be used: ${text.slice(0, 10)}`, `"${text}" waits: a`];
      }),
    ];
    for (const text of said) {
      const translate = translator(catalogue);
      const begin = performance.now();
      translate(text);
      expect(performance.now() - begin, text.slice(0, 40)).toBeLessThan(500);
    }
  });
});

const samples: Readonly<Record<string, string>> = { number: '7', quoted: '"a"', capitals: 'GET' };

function kindOf(translation: string, number: string): string | undefined {
  return new RegExp(`\\{${number}(:\\w+)\\}`).exec(translation)?.[1];
}

function partsOf(text: string): string[] {
  return [...text.matchAll(/\{(\d+)(?::\w+)?\}/g)].map(([, number]) => number ?? '').sort();
}
