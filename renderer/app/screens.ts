/** The screens: where each is, and its code, which is loaded when it is first opened. */
import { Archive, Cloud, HardDrive, House, ListChecks, type LucideIcon, Settings, Undo2 } from 'lucide-react';
import { type ComponentType, lazy } from 'react';

/** Screens of the navigation, in its order. */
const names = ['home', 'plans', 'restore', 'jobs', 'repositories', 'remotes', 'settings'] as const;
export type ScreenName = (typeof names)[number];

export interface Screen {
  readonly name: ScreenName | 'start';
  /** All paths below it are its own. */
  readonly path: string;
  readonly View: ComponentType;
}

const paths: Readonly<Record<ScreenName, string>> = {
  home: '/',
  plans: '/plans',
  restore: '/restore',
  jobs: '/jobs',
  repositories: '/repositories',
  remotes: '/remotes',
  settings: '/settings',
};

export const icons: Readonly<Record<ScreenName, LucideIcon>> = {
  home: House,
  plans: Archive,
  restore: Undo2,
  jobs: ListChecks,
  repositories: HardDrive,
  remotes: Cloud,
  settings: Settings,
};

export const navigation = names.map((name) => ({ name, path: paths[name], Icon: icons[name] }));

const load = (view: () => Promise<{ readonly View: ComponentType }>) =>
  lazy(async () => ({ default: (await view()).View }));

export const screens: readonly Screen[] = [
  { name: 'home', path: paths.home, View: load(() => import('../views/home/view.tsx')) },
  { name: 'plans', path: paths.plans, View: load(() => import('../views/plans/view.tsx')) },
  { name: 'restore', path: paths.restore, View: load(() => import('../views/restore/view.tsx')) },
  { name: 'jobs', path: paths.jobs, View: load(() => import('../views/jobs/view.tsx')) },
  { name: 'repositories', path: paths.repositories, View: load(() => import('../views/repositories/view.tsx')) },
  { name: 'remotes', path: paths.remotes, View: load(() => import('../views/remotes/view.tsx')) },
  { name: 'settings', path: paths.settings, View: load(() => import('../views/settings/view.tsx')) },
  { name: 'start', path: '/start', View: load(() => import('../views/start/view.tsx')) },
];
