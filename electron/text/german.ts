/** As english.ts. */
import { germanSentences } from '../../src/control/sentences/german.ts';
import { type Translate, translator } from '../../src/control/sentences/translate.ts';
import type { JobKind, Texts } from './texts.ts';

const kinds: Readonly<Record<JobKind, string>> = {
  backup: 'Sicherung',
  restore: 'Wiederherstellung',
  copy: 'Kopie',
  forget: 'Aufbewahrung',
  prune: 'Aufräumen',
  check: 'Prüfung',
  drill: 'Probe',
  unlock: 'Entsperren',
  import: 'Import',
  verify: 'Probe',
  remove: 'Entfernen',
  destroy: 'Vernichten',
  'remote-create': 'Entfernte Sicherung',
  'remote-restore': 'Entfernte Wiederherstellung',
  'remote-import': 'Entfernter Import',
  download: 'Herunterladen',
  ingest: 'Übernahme',
};

/** Made when the agent first says something: not at every start. */
let translate: Translate | undefined;

export const german: Texts = {
  starting: 'Startet …',
  ended: 'Der Agent ist beendet: nichts wird gesichert',
  away: 'Der Agent ist weg; neuer Versuch …',
  idle: 'Alles ist gesichert',
  noPlans: 'Noch wird nichts gesichert',
  never: (plan) => `${plan}: noch keine Sicherung`,
  paused: 'Angehalten',
  pausedUntil: (time) => `Angehalten bis ${time}`,
  attention: (count) => (count === 1 ? '1 Hinweis' : `${count} Hinweise`),
  error: (count) => (count === 1 ? '1 Problem' : `${count} Probleme`),
  job: (kind, name) => (name === undefined ? kinds[kind] : `${kinds[kind]}: ${name}`),
  queued: (count) => (count === 1 ? '1 Auftrag wartet' : `${count} Aufträge warten`),
  lastGood: (ago) => `Zuletzt gesichert ${ago}`,
  nextRun: (plan, time) => `Als Nächstes: ${plan}, ${time}`,
  backUpNow: 'Jetzt sichern',
  cancel: 'Abbrechen',
  cancelJob: (job) => `Abbrechen: ${job}`,
  cancelAll: 'Alle abbrechen',
  pause: 'Anhalten',
  pauseHour: 'Für 1 Stunde',
  pauseTomorrow: 'Bis morgen',
  pauseResumed: 'Bis zum Fortsetzen',
  resume: 'Fortsetzen',
  restore: 'Wiederherstellen …',
  open: 'Holdfast öffnen',
  startAgent: 'Agent starten',
  lastProblem: (message) => `Letztes Problem: ${message}`,
  startAtLogin: 'Beim Anmelden starten',
  installUpdate: (version) => `Neu starten und auf ${version} aktualisieren`,
  quit: 'Beenden',
  problemTitle: 'Holdfast: Problem',
  attentionTitle: 'Holdfast: bitte nachsehen',
  doneTitle: (kind) => (kind === 'download' ? 'Herunterladen fertig' : 'Wiederherstellung fertig'),
  failedTitle: (kind) => (kind === 'download' ? 'Herunterladen fehlgeschlagen' : 'Wiederherstellung fehlgeschlagen'),
  agentGoneTitle: 'Holdfasts Agent läuft nicht',
  agentGone: (why) => `${why} Er wird jede Minute neu gestartet; bis dahin wird nichts gesichert.`,
  hiddenTitle: 'Holdfast läuft im Hintergrund weiter',
  hidden: 'Es ist im Infobereich. Zum Beenden dort „Beenden“ wählen.',
  quitQuestion: (jobs) =>
    jobs === 1 ? 'Ein Auftrag läuft. Trotzdem beenden?' : `${jobs} Aufträge laufen oder warten. Trotzdem beenden?`,
  quitDetail: 'Sie werden angehalten und beim nächsten Start fortgesetzt. Bis dahin wird nichts gesichert.',
  quitAnyway: 'Beenden',
  stay: 'Weiterlaufen lassen',
  sentence: (said) => {
    translate ??= translator(germanSentences);
    return translate(said);
  },
};
