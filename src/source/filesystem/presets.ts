/**
 * Ready-made excludes by name: what hardly anyone wants in a backup, each with a sentence for the user interface.
 * Patterns are those of base/path-patterns.ts, compared without regard to letter case on Windows and macOS.
 */
import type { ByteString } from '../../base/byte-string.ts';

export type PresetName =
  | 'caches'
  | 'temporary-files'
  | 'trash'
  | 'build-output'
  | 'browser-caches'
  | 'virtual-machines'
  | 'games'
  | 'system-files';

export interface Preset {
  readonly name: PresetName;
  readonly title: string;
  readonly description: string;
  readonly patterns: readonly ByteString[];
  /** Folders marked as caches (CACHEDIR.TAG) too. */
  readonly taggedCaches?: boolean;
  /** Entries that count only beside one of certain files: `target` is build output only beside a `Cargo.toml`. */
  readonly beside?: readonly BesideRule[];
}

export interface BesideRule {
  readonly name: ByteString;
  readonly beside: readonly ByteString[];
}

export const presets: readonly Preset[] = [
  {
    name: 'caches',
    title: 'Caches',
    description: 'Folders in which programs keep what they can make or fetch again.',
    taggedCaches: true,
    patterns: [
      '.cache',
      '.thumbnails',
      'Library/Caches',
      'AppData/Local/Microsoft/Windows/INetCache',
      'AppData/Local/Microsoft/Windows/WebCache',
      'AppData/Local/NVIDIA/DXCache',
      'AppData/Local/npm-cache',
      'AppData/Local/pip/cache',
      '.npm/_cacache',
      '.pnpm-store',
      '.gradle/caches',
      '.cargo/registry',
      '.cargo/git',
      '.nuget/packages',
      '.ccache',
      '.var/app/*/cache',
      'go/pkg/mod',
      '/var/cache',
    ],
  },
  {
    name: 'temporary-files',
    title: 'Temporary files',
    description: 'Unfinished downloads, lock and swap files of editors, and the folders for temporary files.',
    patterns: [
      '*.tmp',
      '*.temp',
      '*.part',
      '*.partial',
      '*.crdownload',
      '*.swp',
      '*.swo',
      '*~',
      '~$*',
      '.~lock.*#',
      '.#*',
      '.nfs[0-9a-f][0-9a-f][0-9a-f][0-9a-f]*',
      'AppData/Local/Temp',
      '/tmp',
      '/var/tmp',
      '/private/tmp',
      '/private/var/folders',
      '?:/Windows/Temp',
    ],
  },
  {
    name: 'trash',
    title: 'Trash',
    description: 'What was thrown away and is still in the trash.',
    patterns: ['.local/share/Trash', '.Trash', '.Trash-[0-9]*', '.Trashes', '$RECYCLE.BIN', 'RECYCLER'],
  },
  {
    name: 'build-output',
    title: 'Build output and dependencies',
    description: 'What compilers and package managers make again in software projects, such as node_modules.',
    patterns: [
      'node_modules',
      'bower_components',
      '__pycache__',
      '*.pyc',
      '.tox',
      '.nox',
      '.mypy_cache',
      '.pytest_cache',
      '.ruff_cache',
      '.next/cache',
      '.nuxt',
      '.parcel-cache',
      '.turbo',
      '.svelte-kit',
      '.gradle',
      '.terraform/providers',
      '.zig-cache',
      'DerivedData',
    ],
    beside: [
      { name: 'target', beside: ['Cargo.toml', 'pom.xml', 'build.sbt'] },
      { name: 'build', beside: ['build.gradle', 'build.gradle.kts', 'CMakeLists.txt', 'pubspec.yaml', 'setup.py'] },
      { name: 'dist', beside: ['package.json', 'setup.py', 'pyproject.toml'] },
      { name: 'vendor', beside: ['composer.json', 'Gemfile'] },
      { name: 'Pods', beside: ['Podfile'] },
      { name: '_build', beside: ['mix.exs', 'dune-project'] },
      { name: 'deps', beside: ['mix.exs'] },
      { name: 'dist-newstyle', beside: ['cabal.project'] },
      { name: '.stack-work', beside: ['stack.yaml'] },
      { name: '.venv', beside: ['requirements.txt', 'pyproject.toml', 'Pipfile', 'setup.py'] },
      { name: 'venv', beside: ['requirements.txt', 'pyproject.toml', 'Pipfile', 'setup.py'] },
    ],
  },
  {
    name: 'browser-caches',
    title: 'Browser caches',
    description: 'Copies of web pages that browsers keep; bookmarks, passwords and history stay in the backup.',
    patterns: [
      '.mozilla/firefox/*/cache2',
      '.mozilla/firefox/*/startupCache',
      '.mozilla/firefox/*/storage/default/*/cache',
      'Firefox/Profiles/*/cache2',
      'Firefox/Profiles/*/startupCache',
      '.cache/mozilla',
      '.cache/google-chrome',
      '.cache/chromium',
      'User Data/*/Cache',
      'User Data/*/Code Cache',
      'User Data/*/GPUCache',
      'User Data/*/Service Worker/CacheStorage',
      '.config/*/*/Service Worker/CacheStorage',
      '.config/*/*/Code Cache',
      '.config/*/*/GPUCache',
      '.config/*/Cache/Cache_Data',
      'GrShaderCache',
      'GraphiteDawnCache',
      'ShaderCache',
      'Library/Caches/com.apple.Safari',
    ],
  },
  {
    name: 'virtual-machines',
    title: 'Virtual machines',
    description: 'Disks of virtual machines and containers: large, and changed as a whole by every run.',
    patterns: [
      '*.vmdk',
      '*.vdi',
      '*.vhd',
      '*.vhdx',
      '*.qcow2',
      '*.vmem',
      '*.vmss',
      '*.vmsn',
      '*.pvm',
      '*.utm',
      'VirtualBox VMs',
      '.vagrant.d/boxes',
      '.local/share/containers/storage',
      '/var/lib/docker',
      '/var/lib/containerd',
      '/var/lib/containers/storage',
      '/var/lib/libvirt/images',
      'Library/Containers/com.docker.docker/Data/vms',
    ],
  },
  {
    name: 'games',
    title: 'Installed games',
    description: 'Games that a store downloads again; saved games elsewhere stay in the backup.',
    patterns: ['steamapps/common', 'steamapps/shadercache', 'steamapps/downloading', 'Epic Games', 'GOG Games'],
  },
  {
    name: 'system-files',
    title: 'Files of the operating system',
    description: 'What the system keeps for itself: folder views, search indexes, swap files, views into the kernel.',
    patterns: [
      '.DS_Store',
      '.Spotlight-V100',
      '.fseventsd',
      '.DocumentRevisions-V100',
      '.TemporaryItems',
      '.apdisk',
      'Thumbs.db',
      'ehthumbs.db',
      'desktop.ini',
      'System Volume Information',
      'pagefile.sys',
      'hiberfil.sys',
      'swapfile.sys',
      '.gvfs',
      'lost+found',
      '/proc',
      '/sys',
      '/dev',
      '/run',
      '/swapfile',
      '/swap.img',
    ],
  },
];

/** The preset of that name, or undefined. */
export function findPreset(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name);
}
