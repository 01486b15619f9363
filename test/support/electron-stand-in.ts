/** Folders like those that Electron comes in, to pack the program around: with a program that has fuses, and does nothing. */
import { writeFileSync } from 'node:fs';
import type { TemporaryFolder } from './temporary-folder.ts';

/** Of @electron/fuses: its mark, then the version of the list, its length, and a digit for each fuse. */
const fuseMark = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuses = '10110011';
const program = Buffer.concat([Buffer.from(fuseMark), Buffer.from([1, fuses.length]), Buffer.from(fuses)]);

/** The digits of a packed program, in the order of FuseV1Options. */
export function fusesOf(packed: Buffer): string {
  const text = packed.toString('latin1');
  const start = text.indexOf(fuseMark) + fuseMark.length + 2;
  return text.slice(start, start + fuses.length);
}

/** @returns its path, electron-builder's `electronDist` */
export function linuxStandIn(folder: TemporaryFolder): string {
  writeFileSync(folder.at('electron-linux/electron'), program, { mode: 0o755 });
  for (const name of ['chrome-sandbox', 'LICENSE', 'version', 'locales/en-US.pak', 'locales/de.pak', 'resources/x']) {
    writeFileSync(folder.at('electron-linux', name), 'x');
  }
  return folder.at('electron-linux');
}

/** As `linuxStandIn`. */
export function macStandIn(folder: TemporaryFolder): string {
  const contents = (...parts: string[]) => folder.at('electron-mac/Electron.app/Contents', ...parts);
  const framework = 'Frameworks/Electron Framework.framework';
  writeFileSync(contents('MacOS/Electron'), program, { mode: 0o755 });
  writeFileSync(contents('Info.plist'), propertyList('com.github.Electron', 'Electron'));
  writeFileSync(contents('Resources/electron.icns'), 'x');
  for (const place of [framework, `${framework}/Versions/A`]) {
    writeFileSync(contents(place, 'Electron Framework'), program);
    for (const language of ['en', 'de'])
      writeFileSync(contents(place, 'Resources', `${language}.lproj`, 'locale.pak'), 'x');
  }
  for (const kind of ['', ' (Renderer)', ' (GPU)', ' (Plugin)']) {
    const name = `Electron Helper${kind}`;
    writeFileSync(contents('Frameworks', `${name}.app/Contents/MacOS`, name), 'x', { mode: 0o755 });
    writeFileSync(
      contents('Frameworks', `${name}.app/Contents/Info.plist`),
      propertyList('com.github.Electron.helper', name),
    );
  }
  return folder.at('electron-mac');
}

function propertyList(id: string, name: string): string {
  const keys = { CFBundleIdentifier: id, CFBundleExecutable: name, CFBundleName: name, CFBundleDisplayName: name };
  const entries = Object.entries(keys).map(([key, value]) => `<key>${key}</key><string>${value}</string>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>${entries.join('')}</dict></plist>
`;
}
