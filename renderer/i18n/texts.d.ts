/** The keys of texts, for the compiler: those of the English files. */
import type common from './en/common.json';
import type home from './en/home.json';
import type jobs from './en/jobs.json';
import type plans from './en/plans.json';
import type remotes from './en/remotes.json';
import type repositories from './en/repositories.json';
import type restore from './en/restore.json';
import type settings from './en/settings.json';
import type start from './en/start.json';

interface Texts {
  common: typeof common;
  home: typeof home;
  jobs: typeof jobs;
  plans: typeof plans;
  remotes: typeof remotes;
  repositories: typeof repositories;
  restore: typeof restore;
  settings: typeof settings;
  start: typeof start;
}

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'common';
    resources: Texts;
  }
}
