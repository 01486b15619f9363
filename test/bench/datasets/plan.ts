/**
 * What a data set is made of, worked out anew in every thread from the same seed, so that nothing but a piece's number
 * has to cross threads. A piece is a whole file, or a part of a large one.
 */
export type Content =
  | 'text' // prose, source code and markup
  | 'records' // tables: data bases, sound, fixed-size records
  | 'program' // machine code, fonts, object files
  | 'noise' // pictures, films, archives: does not compress
  | 'stream'; // incompressible bytes of the seekable key stream, for large files

export interface Piece {
  /** Path relative to the set's folder, with `/`. */
  readonly path: string;
  readonly content: Content;
  /** Where in the file it starts, in bytes; 0 for a whole file. */
  readonly offset: number;
  readonly length: number;
  /** For `stream`: position in the key stream. Else: which random numbers to use. */
  readonly from: number;
}

export interface Plan {
  /** Relative paths, parents before their children. */
  readonly folders: readonly string[];
  readonly pieces: number;
  readonly fileCount: number;
  /** Files of more than one piece, with their full length in bytes. */
  readonly largeFiles: readonly { readonly path: string; readonly length: number }[];
  /** The piece of that number, 0 ≤ number < pieces. Cheap, and the same in every thread. */
  piece(number: number): Piece;
}
