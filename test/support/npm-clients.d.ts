/** What is used of npm packages whose types are none, or are not found (pterojs 2 does not name its own in its exports). */
declare module '@devnote-dev/pterojs' {
  export interface Backup {
    readonly uuid: string;
    readonly name: string;
    readonly successful: boolean;
    readonly locked: boolean;
    readonly ignoredFiles: readonly string[];
    readonly checksum: string | null;
    readonly bytes: number;
    readonly createdAt: Date;
    readonly completedAt: Date | null;
  }

  export class PteroClient {
    constructor(domain: string, key: string);
    /** Asks who it is, and for the servers that there are. */
    connect(): Promise<void>;
  }

  export class PteroAPIError extends Error {
    readonly codes: readonly string[];
  }

  export class BackupManager {
    constructor(client: PteroClient, serverId: string);
    fetch(id: string, options?: { readonly force?: boolean }): Promise<Backup>;
    fetch(options?: { readonly page?: number; readonly perPage?: number }): Promise<ReadonlyMap<string, Backup>>;
    create(options?: {
      readonly name?: string;
      readonly isLocked?: boolean;
      readonly ignored?: string;
    }): Promise<Backup>;
    toggleLock(id: string): Promise<Backup>;
    getDownloadURL(id: string): Promise<string>;
    restore(id: string): Promise<void>;
    delete(id: string): Promise<void>;
  }
}

/** It rejects with the status of an answer, or an error. */
declare module 'nodeactyl' {
  export interface NodeactylBackup {
    readonly uuid: string;
    readonly is_successful: boolean;
    readonly is_locked: boolean;
    readonly name: string;
    readonly ignored_files: readonly string[];
    readonly checksum: string | null;
    readonly bytes: number;
    readonly created_at: string;
    readonly completed_at: string | null;
  }

  export class NodeactylClient {
    constructor(host: string, key: string);
    listServerBackups(serverId: string): Promise<{ readonly object: 'backup'; readonly attributes: NodeactylBackup }[]>;
    createServerBackup(serverId: string): Promise<NodeactylBackup>;
    getBackupDetails(serverId: string, backupId: string): Promise<NodeactylBackup>;
    getBackupDownload(serverId: string, backupId: string): Promise<{ readonly url: string }>;
    deleteBackup(serverId: string, backupId: string): Promise<true>;
  }
}
