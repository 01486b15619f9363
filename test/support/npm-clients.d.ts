/** Types of the npm clients of the panel's API, which bring none that resolve: as much of them as the tests use. */
declare module '@devnote-dev/pterojs' {
  interface Backup {
    readonly uuid: string;
    readonly name: string;
    readonly locked: boolean;
    readonly successful: boolean;
    readonly ignoredFiles: readonly string[];
  }
  export class PteroClient {
    constructor(domain: string, key: string);
  }
  export class BackupManager {
    constructor(client: PteroClient, serverId: string);
    fetch(): Promise<Map<string, Backup>>;
    fetch(id: string, options: { force: boolean }): Promise<Backup>;
    create(options: { name: string; ignored: string }): Promise<Backup>;
    toggleLock(id: string): Promise<Backup>;
    getDownloadURL(id: string): Promise<string>;
    restore(id: string): Promise<void>;
    delete(id: string): Promise<void>;
  }
}

declare module 'nodeactyl' {
  class NodeactylClient {
    constructor(url: string, key: string);
    listServerBackups(serverId: string): Promise<unknown>;
    createServerBackup(serverId: string): Promise<{ attributes?: { uuid: string }; uuid?: string }>;
    getBackupDetails(serverId: string, backupId: string): Promise<unknown>;
    getBackupDownload(serverId: string, backupId: string): Promise<unknown>;
    deleteBackup(serverId: string, backupId: string): Promise<unknown>;
  }
  const nodeactyl: { NodeactylClient: typeof NodeactylClient };
  // biome-ignore lint/style/noDefaultExport: it is how the package exports
  export default nodeactyl;
}
