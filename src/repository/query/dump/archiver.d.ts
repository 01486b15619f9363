/** What is used of archiver 8, which comes without types. */
declare module 'archiver' {
  import type { Readable, Transform } from 'node:stream';

  export interface ZipEntryData {
    readonly name: string;
    readonly type?: 'file' | 'directory' | 'symlink';
    readonly linkname?: string;
    readonly date?: Date;
    /** Unix permissions. */
    readonly mode?: number;
    /** Runs when the entry is in the archive. */
    readonly callback?: () => void;
  }

  export class ZipArchive extends Transform {
    constructor(options?: { readonly zlib?: { readonly level?: number }; readonly forceZip64?: boolean });
    append(source: Buffer | Readable | string, data: ZipEntryData): this;
    finalize(): Promise<void>;
    abort(): this;
  }
}
