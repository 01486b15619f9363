/**
 * Installers, by electron-builder: `npm run package` (arguments are electron-builder's: `--dir`, `--linux deb`, `--publish always`).
 * Each system's installers are made on that system, as npm installs native packages for its own only.
 *
 * What is in them: dist/ (bundled, so no package of ours goes along) and the native packages. Everything but the shell lies beside
 * the archive: worker threads, native packages and the agent's web server read real files.
 *
 * Signing takes electron-builder's own variables (CSC_LINK, …); notarizing happens where APPLE_TEAM_ID is set. Updates come from
 * HOLDFAST_UPDATE_URL, a folder of a web server; without it the program is made without a source of updates, and looks for none.
 * Packages of Linux must name a page of the project (HOLDFAST_HOMEPAGE).
 */

const { APPLE_TEAM_ID, HOLDFAST_UPDATE_URL, HOLDFAST_HOMEPAGE } = process.env;

/** Not bundled: they load files of their own folder (`external` in build/bundle.mjs). `@koromix` and `@napi-rs` hold the binaries. */
const nativePackages = ['koffi', 'keytar', '@koromix', '@napi-rs'];

/** @type {import('electron-builder').Configuration} */
const configuration = {
  appId: 'app.holdfast.desktop',
  productName: 'Holdfast',
  copyright: 'The Holdfast authors, MIT licence',
  directories: { output: 'release', buildResources: 'build/resources' },
  extraMetadata: { homepage: HOLDFAST_HOMEPAGE || 'https://holdfast.invalid' },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: electron-builder's own placeholders
  artifactName: '${name}-${version}-${os}-${arch}.${ext}',

  files: [
    'dist/**',
    '!dist/.*',
    'LICENSE',
    `!node_modules/!(${nativePackages.join('|')})/**`,
    '!node_modules/koffi/{doc,src,vendor}/**',
    '!node_modules/**/*.{md,map,ts,cts,mts}',
  ],
  asar: true,
  // package.json says that the files beside it are modules.
  asarUnpack: ['dist/!(electron)', 'dist/!(electron)/**', 'node_modules/**', 'package.json'],
  // Binaries come with the packages; there is nothing to compile.
  npmRebuild: false,

  electronFuses: {
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
  },
  electronLanguages: ['en', 'en-US', 'de'],

  publish: HOLDFAST_UPDATE_URL ? { provider: 'generic', url: HOLDFAST_UPDATE_URL } : null,

  linux: {
    target: ['AppImage', 'deb', 'rpm'],
    executableName: 'holdfast',
    icon: 'dist/icons/linux',
    category: 'Utility',
    synopsis: 'Backups of your folders, in the restic format',
    maintainer: 'The Holdfast authors <maintainers@users.noreply.github.com>',
    desktop: { entry: { Keywords: 'backup;restore;restic;snapshot;', StartupWMClass: 'Holdfast' } },
  },
  deb: { recommends: ['libsecret-1-0'] },

  mac: {
    target: ['dmg', 'zip'],
    icon: 'dist/icons/icon.icns',
    category: 'public.app-category.utilities',
    hardenedRuntime: true,
    gatekeeperAssess: false,
    entitlements: 'build/resources/entitlements.mac.plist',
    entitlementsInherit: 'build/resources/entitlements.mac.plist',
    notarize: Boolean(APPLE_TEAM_ID),
    darkModeSupport: true,
  },

  win: { target: ['nsis'], icon: 'dist/icons/icon.ico' },
  nsis: {
    oneClick: false,
    perMachine: false,
    allowToChangeInstallationDirectory: true,
    deleteAppDataOnUninstall: false,
  },
};

export default configuration;
