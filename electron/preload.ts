/** What the page gets of the shell: `window.holdfast` (control/shell.ts). It runs in the sandbox, isolated from the page. */
import { contextBridge, ipcRenderer } from 'electron';
import type { openChannel, ShellApi, ShellChannel } from '../src/control/shell.ts';

const ask = (channel: ShellChannel, ...input: unknown[]) => ipcRenderer.invoke(channel, ...input);
const opens: typeof openChannel = 'shell:open';

const api: ShellApi = {
  platform: process.platform,
  settings: () => ask('shell:settings'),
  changeSettings: (change) => ask('shell:change-settings', change),
  chooseFolder: () => ask('shell:choose-folder'),
  onOpen: (listener) => {
    ipcRenderer.on(opens, (_event, path: string) => listener(path));
    void ask('shell:page-ready');
  },
};

contextBridge.exposeInMainWorld('holdfast', api);
